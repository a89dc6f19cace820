/**
 * Reconciles SecretsProviders: gathers, decides, acts, reports.
 *
 * ### Expected flow
 * 1. SecretsProviders and the definition of ClusterSecretStores are followed, the stores themselves as soon as they are
 *    served, LatticeServices as soon as there is a SecretsProvider. What these copies say costs no request.
 * 2. When they say that something is to be written, provider and store are read once more from the API server.
 * 3. The store is applied, or deleted with its SecretsProvider; the status follows.
 *
 * ### Guarantees
 * A store is cluster-scoped and has no owner: its name and label say whose it is, so that one whose SecretsProvider went
 * while no operator ran is deleted by the next one. A store of somebody else is never touched.
 *
 * @module
 */
import {
  API_VERSION,
  SECRETS_PROVIDER_KIND,
  type SecretsProvider,
  SERVICE_KIND,
  SYSTEM_NAMESPACE,
} from "@lattice/api";
import { formatError, LatticeError } from "@lattice/api/errors";
import {
  type ControllerCache,
  isApiError,
  type KubeClient,
  type KubeObject,
  type ReconcileContext,
  type Request,
  requestFor,
  type Result,
  runController,
  type Store,
  type WatchSpec,
} from "@lattice/kube";
import { SECRET_STORE, secretsProvidersOf } from "@lattice/workload";
import { serves } from "../mesh/served.ts";
import { followCredentials } from "./credentials.ts";
import { declared } from "./declared.ts";
import { type AccountsContext, report } from "./report.ts";
import {
  afterFailure,
  assessSecrets,
  decideSecrets,
  SECRETS_MANAGER,
  type SecretsPlan,
  type SecretsWorld,
  type StoreWrite,
  vaultKeys,
} from "./secrets_decide.ts";

const PROVIDER = { apiVersion: API_VERSION, kind: SECRETS_PROVIDER_KIND } as const;
const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;
/** Field manager under which fields are removed; it never owns one. */
const REPAIR_MANAGER = `${SECRETS_MANAGER}-repair`;

/** Not a SecretsProvider: follow the stores, so that those come to be known that no SecretsProvider asks for. */
const STORES: Request = { name: "*" };

/** The stores; each means the SecretsProvider of its name, if there is one. */
const STORE_WATCH: WatchSpec = {
  apiVersion: SECRET_STORE.apiVersion,
  kind: SECRET_STORE.kind,
  map: ({ metadata: { name } }) => [{ name, namespace: SYSTEM_NAMESPACE }],
};

/** Services; each means the SecretsProviders that it names. A cluster without a SecretsProvider does not follow them. */
const SERVICE_WATCH: WatchSpec = {
  apiVersion: API_VERSION,
  kind: SERVICE_KIND,
  map: (service) =>
    secretsProvidersOf(service).map((name) => ({ name, namespace: SYSTEM_NAMESPACE })),
};

type Run = Pick<ReconcileContext, "cache" | "follow" | "log">;

/**
 * Runs the controller until its signal.
 *
 * @param context What it works with.
 */
export function runSecretsProviders(context: AccountsContext): Promise<void> {
  const { client, observe, signal } = context;
  let known: ControllerCache | undefined;
  return runController({
    name: SECRETS_MANAGER,
    client,
    for: PROVIDER,
    watches: [
      {
        ...CRD,
        fieldSelector: `metadata.name=${SECRET_STORE.crd}`,
        // Every SecretsProvider waits for the definition.
        map: () => [STORES, ...(known?.list<KubeObject>(PROVIDER) ?? []).map(requestFor)],
      },
    ],
    signal,
    reconcile: (request, run) => {
      known = run.cache;
      return observe(SECRETS_MANAGER, () => reconcile(context, request, run));
    },
  });
}

async function reconcile(
  context: AccountsContext,
  request: Request,
  run: Run & Pick<ReconcileContext, "signal">,
): Promise<Result | void> {
  const { client } = context;
  const { signal } = run;
  if (request.namespace === undefined) {
    if (isServed(run.cache)) await run.follow(STORE_WATCH);
    return;
  }
  let world = await gather(request, run);
  // A copy that was cut short by the end of the controller is no reason to write anything.
  signal.throwIfAborted();
  let plan = decideSecrets(world);
  if (plan.writes.length > 0) {
    const fresh = await client.find<KubeObject>({ ...PROVIDER, ...request }, { signal });
    const { resourceVersion } = world.provider?.raw.metadata ?? {};
    // The copy is behind: the change that it lacks will come and mean another reconcile.
    if (fresh?.metadata.resourceVersion !== resourceVersion) return;
    world = { ...world, store: await client.find<KubeObject>(storeRef(request.name), { signal }) };
    plan = decideSecrets(world);
  }
  return await carryOut({ ...context, signal }, world, plan, run);
}

async function carryOut(
  context: AccountsContext,
  { name, provider }: SecretsWorld,
  { writes, aspects }: SecretsPlan,
  { log }: Run,
): Promise<Result | void> {
  const reporting = { ...context, manager: SECRETS_MANAGER };
  try {
    for (const write of writes) {
      await act(context.client, name, write, context.signal);
      log.info("Store written", { store: name, write: write.do });
    }
  } catch (error) {
    if (provider && aspects && isLasting(error)) {
      const failed = afterFailure(aspects, formatError(error));
      await report(reporting, provider.raw, assessSecrets(name, failed));
    }
    throw error;
  }
  if (provider === undefined || aspects === undefined) return;
  const assessment = assessSecrets(name, aspects);
  await report(reporting, provider.raw, assessment);
  return { requeueAfterMs: assessment.requeueAfterMs };
}

/** Whether people should see a failure: those of the network and of a copy that was behind pass by themselves. */
function isLasting(error: unknown): boolean {
  return error instanceof LatticeError &&
    !["conflict", "interrupted", "timeout", "unavailable"].includes(error.code);
}

async function gather(
  { name, namespace }: Request,
  run: Run,
): Promise<SecretsWorld> {
  const { cache, follow } = run;
  const raw = cache.get<KubeObject>(PROVIDER, name, namespace);
  const isHere = namespace === SYSTEM_NAMESPACE;
  const provider = raw && declared<SecretsProvider>(raw);
  const served = isHere && isServed(cache);
  const stores = served ? await follow(STORE_WATCH) : undefined;
  const services = raw && isHere ? await follow(SERVICE_WATCH) : undefined;
  const ref = isHere ? provider?.object?.spec.credentialsSecretRef : undefined;
  return {
    name,
    provider,
    isServed: served,
    store: stores?.get(name),
    namespaces: services ? namespacesOf(services, name) : [],
    credentials: ref && provider?.object &&
      await followCredentials(run, PROVIDER, ref, vaultKeys(provider.object.spec)),
  };
}

function isServed(cache: ControllerCache): boolean {
  return cache.list<KubeObject>(CRD).some((crd) =>
    crd.metadata.name === SECRET_STORE.crd && serves(crd, SECRET_STORE)
  );
}

/** A service that breaks a rule keeps what it had, and so its namespace keeps its right. */
function namespacesOf(services: Store, provider: string): string[] {
  const naming = services.list().filter((service) =>
    service.metadata.deletionTimestamp === undefined &&
    secretsProvidersOf(service).includes(provider)
  );
  return [...new Set(naming.flatMap(({ metadata }) => metadata.namespace ?? []))].sort();
}

function storeRef(name: string): { apiVersion: string; kind: string; name: string } {
  return { apiVersion: SECRET_STORE.apiVersion, kind: SECRET_STORE.kind, name };
}

async function act(
  client: KubeClient,
  name: string,
  write: StoreWrite,
  signal: AbortSignal,
): Promise<void> {
  const ref = storeRef(name);
  if (write.do === "apply") {
    // Strict: a definition that does not know `conditions` would drop them, and open the store to everybody.
    const fieldValidation = "Strict";
    await client.apply(write.object, {
      manager: SECRETS_MANAGER,
      force: true,
      fieldValidation,
      signal,
    });
  } else if (write.do === "strip") {
    await client.patch(ref, {
      type: "merge",
      body: write.patch,
      manager: REPAIR_MANAGER,
      signal,
    });
  } else {
    await remove(client, name, write.uid, signal);
  }
}

async function remove(
  client: KubeClient,
  name: string,
  uid: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.delete(storeRef(name), { ...(uid === undefined ? {} : { uid }), signal });
  } catch (error) {
    // Another one has its name now, of which the watch will tell.
    if (!isApiError(error, 409)) throw error;
  }
}
