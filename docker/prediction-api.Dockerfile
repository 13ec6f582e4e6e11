# The image of the example API; the context is the root of the tree:
#   docker build -f docker/prediction-api.Dockerfile -t prediction-api .

# --- Compiles the API and the libcache that it links, and installs it under /out
FROM debian:bookworm-slim AS build
WORKDIR /src
# The packages first: their layer stays as long as the list does.
COPY scripts/setup.sh scripts/
RUN scripts/setup.sh example
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake -S docs/examples/prediction-api -B build/api -G Ninja -DCMAKE_BUILD_TYPE=Release \
         -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    && cmake --build build/api --target prediction_api \
    && DESTDIR=/out cmake --install build/api --component prediction-api --prefix /usr --strip

# --- What runs
FROM debian:bookworm-slim

# User and group 999, as the cache's, so that a secret's file can be for both. dumb-init: as process
# 1 it passes signals on and reaps. The others are the API's libraries. The image tells in
# /usr/share/prediction-api/packages which versions it has of all.
RUN groupadd --system --gid 999 api \
    && useradd --system --uid 999 --gid api --home-dir /data --no-create-home api \
    && printf 'path-exclude=%s\n' '/usr/share/doc/*' '/usr/share/man/*' >/etc/dpkg/dpkg.cfg.d/prediction-api \
    && apt-get -qq update \
    && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
         ca-certificates dumb-init libhiredis0.14 libjwt0 libpqxx-6.4 libprometheus-cpp-core1.0 libsqlite3-0 \
         libssl3 libstdc++6 >/dev/null \
    && mkdir -p /usr/share/prediction-api \
    && dpkg-query --show >/usr/share/prediction-api/packages \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/* \
         /var/lib/dpkg/*-old /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /etc/*- \
    && install -d -o api -g api /data /var/log/prediction-api

COPY docker/prediction-api-healthcheck /usr/local/bin/healthcheck
COPY --from=build /out /

ARG REVISION=unknown
LABEL org.opencontainers.image.title="prediction-api" \
      org.opencontainers.image.description="The example API of Sideline" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}"

# Without a DATABASE_URL it stores in a file here.
USER api
WORKDIR /data
VOLUME /data
ENV ADDRESS=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=40s --retries=3 CMD ["healthcheck"]
ENTRYPOINT ["dumb-init", "--"]
CMD ["prediction-api"]
