# The operator for pods:
#   docker build --tag REGISTRY/lattice-operator:TAG .
# The Deployment of the bundle brings environment, service account and a read-only root file system.
FROM denoland/deno:2.9.6

WORKDIR /app
COPY . .
RUN deno cache operator/main.ts

# The user that the Deployment asks for, too.
USER 1000

# The network cannot be narrowed here: the API server's address is known only in the cluster.
ENTRYPOINT ["deno", "run", "--no-prompt", "--cached-only", "--allow-net", "--ignore-env", \
  "--allow-env=KUBERNETES_SERVICE_HOST,KUBERNETES_SERVICE_PORT,LATTICE_CLUSTER_NAME,LATTICE_HEALTH_PORT,LATTICE_LOG_LEVEL,POD_NAME", \
  "--allow-read=/app,/var/run/secrets/kubernetes.io/serviceaccount", \
  "operator/main.ts"]
