"""A network of its own, for ``hub.py``: Transformers puts this file beside the weights."""

import torch
from transformers import PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput


class Config(PretrainedConfig):
    model_type = "custom"

    def __init__(self, width: int = 8, **others: object) -> None:
        self.width = width
        super().__init__(**others)


class Network(PreTrainedModel):
    config_class = Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.layers = torch.nn.Sequential(torch.nn.Linear(config.width, config.width), torch.nn.GELU())
        self.post_init()

    def forward(self, inputs: torch.Tensor) -> BaseModelOutput:
        return BaseModelOutput(last_hidden_state=self.layers(inputs))
