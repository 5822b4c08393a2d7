docker run --rm --network none --read-only --tmpfs /tmp \
    --volume "$PWD:/scan:ro" --workdir /scan \
    --entrypoint /opt/modelgate/venv/bin/python modelgate -I -m scanner scan .
