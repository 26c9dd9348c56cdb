# Amends as one small image: the wheel and its locked dependencies, no compiler, no tools, no root.
ARG PYTHON=3.11

FROM node:20-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --silent
COPY assets ./assets
RUN mkdir -p src/amends/portal/static && npm run --silent assets

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock ./
# Every hash of the lock is checked here; what the final image takes, it takes from these wheels only.
RUN pip wheel --quiet --wheel-dir /wheels --require-hashes -r requirements.lock \
    && pip install --quiet --no-index --find-links /wheels hatchling
COPY pyproject.toml LICENSE README.md ./
COPY src ./src
COPY cases ./cases
COPY --from=assets /build/src/amends/portal/static/vendor ./src/amends/portal/static/vendor
RUN pip wheel --quiet --wheel-dir /wheels --no-deps --no-build-isolation . \
    && python -m venv /opt/amends \
    && /opt/amends/bin/pip install --quiet --no-index --find-links /wheels amends

FROM python:${PYTHON}-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/amends --shell /usr/sbin/nologin amends
COPY --from=build /opt/amends /opt/amends
ENV PATH=/opt/amends/bin:$PATH PYTHONUNBUFFERED=1 AMENDS_HOST=0.0.0.0
USER amends
WORKDIR /var/lib/amends
VOLUME /var/lib/amends
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["amends"]
CMD ["serve", "--port", "8000"]
