# Builds service and console with everything, then keeps only what runs.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: ours would build before the sources are there, and no library needs its own to run.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    MILLWRIGHT_HOST=0.0.0.0 \
    MILLWRIGHT_DATA=/var/lib/millwright
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
COPY --from=build /app/migrations ./migrations
# A new volume takes over owner and mode from here.
RUN install -d -o node -g node -m 0700 /var/lib/millwright
USER node
VOLUME /var/lib/millwright
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["bin/millwright.js"]
CMD ["run", "--plant", "/etc/millwright/plant.yaml"]
