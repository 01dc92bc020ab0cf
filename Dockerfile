# Forecast Ledger in a container: compiled JavaScript, production packages, migrations, seeds, citation styles and
# fonts; no compiler needed.
#
#   docker build -t forecast-ledger .
#   docker run -p 3000:3000 -v ledger:/data forecast-ledger
#
# Every setting in docs/operating.md is an environment variable (-e). /data holds the database: give it a volume with a
# name, or a host directory that uid 1000 may write.
ARG NODE_IMAGE=node:26-bookworm-slim

# The packages that the server runs on.
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts
# SQLite's sources: the driver brings its binaries. Of those, the one that this image loads is kept: loading it says which.
RUN binary=$(node -p "new (require('better-sqlite3'))(':memory:'); Object.keys(require.cache).find((file) => file.endsWith('.node'))") \
  && rm -r node_modules/better-sqlite3/deps node_modules/better-sqlite3/src \
  && find /app/node_modules/better-sqlite3 -name '*.node' ! -path "$binary" -delete
# Types, TypeScript sources and source maps: Node runs no TypeScript from node_modules, and nothing here reads a map. What
# npm noted of the installation is for npm only.
RUN find node_modules -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' \) -delete \
  && rm node_modules/.package-lock.json
# What packages publish beside their code, at their top only: a directory of such a name further in may be code.
RUN for manifest in $(find node_modules -name package.json); do \
    for name in .github benchmark benchmarks docs example examples test; do rm -rf "${manifest%/*}/$name"; done; \
  done
# If too much went, the build fails, not the start.
RUN node -e "Object.keys(require('./package.json').dependencies).forEach((name) => require(name)); new (require('better-sqlite3'))(':memory:')"

# The compiler's output.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# Files keep their mode from the checkout; after a strict umask the server's user could not read them.
RUN npm run build && chmod -R a+rX dist assets citation-styles fonts migrations seeds package.json LICENSE docs/NOTICE

FROM ${NODE_IMAGE}
# The program is root's, so that it cannot change itself; the data directory is the server's.
RUN install -d -o node -g node /data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/package.json /app/LICENSE /app/docs/NOTICE ./
COPY --from=build /app/citation-styles citation-styles
COPY --from=build /app/assets assets
COPY --from=build /app/fonts fonts
COPY --from=build /app/migrations migrations
COPY --from=build /app/seeds seeds
COPY --from=build /app/dist dist

# glibc's allocator: two memory pools for all threads, so that what an import gives back the server can take. Importing 60,000
# rows then takes 245 MB at most instead of 257.
ENV MALLOC_ARENA_MAX=2
# `docker stop` kills after 10 seconds: requests in flight get a little less.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data SHUTDOWN_TIMEOUT_MS=8000
VOLUME /data
EXPOSE 3000
USER node
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/ready', { signal: AbortSignal.timeout(4000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# As in package.json's "start": a young generation of 6 MiB. The same import then takes 257 MB at most instead of 283.
CMD ["node", "--max-semi-space-size=6", "dist/server.js"]

# Last, because they differ from build to build: --build-arg VERSION=... --build-arg REVISION="$(git rev-parse HEAD)".
ARG VERSION=unversioned
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Forecast Ledger" \
  org.opencontainers.image.description="Investment forecasts over HTTP: who expects how much to be invested, in what, and which document says so" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
