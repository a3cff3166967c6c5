# Herald's image: three stages, so that what runs holds neither compiler nor shell.
# A digest is pinned where a registry can be asked for one: `--build-arg NODE=node:24-bookworm-slim@sha256:…`,
# `--build-arg RUN=gcr.io/distroless/nodejs24-debian12@sha256:…`. Node 24 is a supported LTS.
ARG NODE=node:24-bookworm-slim
ARG RUN=gcr.io/distroless/nodejs24-debian12

# Compiles. The install scripts are left out: `prepare` would build before the sources are here.
FROM ${NODE} AS build
WORKDIR /herald
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
RUN npm run -s build

# What the program needs at run time, and nothing else.
FROM ${NODE} AS packages
WORKDIR /herald
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM ${RUN}
LABEL org.opencontainers.image.title="herald" \
      org.opencontainers.image.description="A Layer 4 proxy that keeps the client's address across every hop" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /herald
COPY --from=packages /herald/node_modules ./node_modules
COPY --from=build /herald/dist/src ./dist/src
COPY package.json LICENSE THIRD_PARTY_NOTICES.md ./
ENV NODE_ENV=production
# Distroless's `nonroot`, as a number: Kubernetes can check `runAsNonRoot` by it.
USER 65532:65532
# Drains: balancers are told, sessions end, then exit 0. Give it longer than --drain-delay + --drain-timeout.
STOPSIGNAL SIGTERM
# Asks the admin address; a Herald that drains still answers, so it is not called unhealthy for that.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["/nodejs/bin/node", "/herald/dist/src/main.js", "status"]
ENTRYPOINT ["/nodejs/bin/node", "/herald/dist/src/main.js"]
CMD ["--help"]
