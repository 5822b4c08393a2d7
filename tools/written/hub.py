"""Folders for a hub by Transformers and Sentence Transformers: configurations, templates, shards."""

import os

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

import custom
import torch
from sentence_transformers import CrossEncoder, SentenceTransformer, SparseEncoder
from sentence_transformers.models import Dense, Normalize, Pooling, StaticEmbedding, Transformer
from sentence_transformers.sparse_encoder.models import MLMTransformer, SpladePooling
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    BertConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    T5Config,
    T5ForConditionalGeneration,
)

torch.manual_seed(0)
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "user", "assistant", "system", "a", "word")
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
DECODER = {**SMALL, "num_key_value_heads": 2, "vocab_size": len(WORDS)}
TURN = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] | trim }}{{ eos_token }}{% endfor %}"
TEMPLATES = {
    "plain": TURN,
    "prompting": TURN + "{% if add_generation_prompt %}<|assistant|>{% endif %}",
    "strict": "{% if messages[0]['role'] != 'user' %}{{ raise_exception('user first') }}{% endif %}" + TURN,
    "dated": "{{ strftime_now('%d %b %Y') }}{% generation %}{{ messages[-1].content }}{% endgeneration %}",
    "tools": "{% for t in tools or [] %}{{ t | tojson(indent=2) }}{% endfor %}" + TURN,
    "several": {"default": TURN, "rag": "{{ documents }}" + TURN},
}


def tokenizer() -> PreTrainedTokenizerFast:
    made = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=made, mask_token="[MASK]", eos_token="[SEP]", **special)


def templates() -> None:
    """A template in a file of its own, as today, and in the configuration, as before."""
    for name, template in TEMPLATES.items():
        words = tokenizer()
        words.chat_template = template
        words.save_pretrained(f"tokenizers/{name}")
        words.save_pretrained(f"tokenizers/{name}-inline", save_jinja_files=False)


def networks() -> None:
    """Checkpoints in shards, with an index of them."""
    configs = {
        "llama": LlamaConfig(**DECODER),
        "mistral": MistralConfig(**DECODER),
        "qwen2": Qwen2Config(**DECODER),
        "gpt2": GPT2Config(n_embd=16, n_layer=2, n_head=2, vocab_size=len(WORDS)),
    }
    for name, config in configs.items():
        AutoModelForCausalLM.from_config(config).save_pretrained(f"shards/{name}", max_shard_size="5KB")
    t5 = T5Config(d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, vocab_size=len(WORDS))
    T5ForConditionalGeneration(t5).save_pretrained("shards/t5", max_shard_size="5KB")


def remote() -> None:
    """Code beside the weights, and configurations that say where it is."""
    custom.Config.register_for_auto_class()
    for auto in ("AutoModel", "AutoModelForMaskedLM", "AutoModelForCausalLM"):
        custom.Network.register_for_auto_class(auto)
        custom.Network(custom.Config(width=4)).save_pretrained(f"remote/{auto}")


def encoders() -> None:
    """Encoders of sentences, of modules that stand in their list."""
    bert = BertConfig(**SMALL, vocab_size=len(WORDS), max_position_embeddings=64)
    for name, kind in (("base", AutoModelForMaskedLM), ("pairs", AutoModelForSequenceClassification)):
        kind.from_config(bert).save_pretrained(f"encoders/{name}")
        tokenizer().save_pretrained(f"encoders/{name}")
    size = bert.hidden_size
    modules = {
        "mean": lambda: [Transformer("encoders/base"), Pooling(size)],
        "normal": lambda: [Transformer("encoders/base"), Pooling(size, "cls"), Normalize()],
        "dense": lambda: [Transformer("encoders/base"), Pooling(size), Dense(size, 8)],
        "relu": lambda: [Transformer("encoders/base"), Pooling(size), Dense(size, 8, True, torch.nn.ReLU())],
        "static": lambda: [StaticEmbedding(tokenizer()._tokenizer, embedding_dim=8)],
    }
    for name, made in modules.items():
        SentenceTransformer(modules=made(), device="cpu").save_pretrained(f"encoders/{name}")
    CrossEncoder("encoders/pairs", device="cpu").save_pretrained("encoders/cross")
    sparse = [MLMTransformer("encoders/base"), SpladePooling(pooling_strategy="max")]
    SparseEncoder(modules=sparse, device="cpu").save_pretrained("encoders/sparse")


templates()
networks()
encoders()
remote()
