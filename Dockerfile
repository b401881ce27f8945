# Ideogate in a container: no compiler, no pip, no root; writes nothing outside /var/lib/ideogate.
#
#   docker build -t ideogate .
#   docker run --rm --read-only -p 8000:8000 -e IDEOGATE_UPSTREAM_URL=sandbox: ideogate
#
# The listener is not a loopback one here, so the sandbox has to be asked for by name.

ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
COPY requirements.lock /tmp/
# Wheels only, each checked against its hash; pip itself stays behind in this stage.
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \
      --require-hashes --only-binary=:all: -r /tmp/requirements.lock
COPY service /app/service
COPY adapters /app/adapters
COPY config /app/config
# Bytecode is written now, since later nobody may write here (pip has written that of the libraries).
RUN /opt/venv/bin/python -m compileall -q /app

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="ideogate" \
      org.opencontainers.image.description="Lets any app written for OpenAI's Images API draw with Ideogram" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE /app/LICENSE
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The folder of the embedded store, for trials on one machine; replicas share a Redis or Valkey.
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/ideogate
VOLUME /var/lib/ideogate

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    IDEOGATE_HOST=0.0.0.0 \
    IDEOGATE_METRICS_HOST=0.0.0.0 \
    IDEOGATE_STORE_URL=embedded:/var/lib/ideogate

# Numeric, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /app
EXPOSE 8000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('IDEOGATE_PORT') or 8000), timeout=2); c.request('GET', '/health/live'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve"]
