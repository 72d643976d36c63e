# recbox serve in a container:
#   docker build -t recbox .
#   docker run --rm -p 127.0.0.1:8000:8000 -e RECBOX_TOKEN -v ./runs/shop:/artifact:ro -v recbox-events:/events recbox
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/recbox
WORKDIR /src
# torch alone from its own index, as the build for the CPU; all else from the usual one.
COPY constraints.txt ./
RUN /opt/recbox/bin/pip install -q -c constraints.txt --no-deps --index-url https://download.pytorch.org/whl/cpu torch
# Packages under plugins/ that artifacts need: --build-arg PLUGINS="text graphs"
ARG PLUGINS=""
COPY pyproject.toml README.md LICENSE ./
COPY recipes ./recipes
COPY plugins ./plugins
COPY recbox ./recbox
RUN /opt/recbox/bin/pip install -q -c constraints.txt '.[serve]' $(for name in $PLUGINS; do echo ./plugins/recbox-$name; done)

FROM python:3.12-slim
# DGL and torch are linked against OpenMP.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/recbox /opt/recbox
RUN useradd --system --no-create-home --uid 10001 recbox && install -d -o recbox /events
ENV PATH=/opt/recbox/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
USER recbox
VOLUME /events
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=120s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
ENTRYPOINT ["recbox", "serve"]
CMD ["/artifact", "--store", "/events/events.db", "--host", "0.0.0.0", "--port", "8000"]
