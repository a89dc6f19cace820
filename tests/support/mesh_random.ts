/**
 * Random meshes out of a seed: small, crowded, and with the names that could be confused.
 *
 * @module
 */
import type { LatticeExternalService, LatticeService, ServiceResource } from "@lattice/api";
import type { Declared } from "./mesh_model.ts";

/** Numbers that look random and come again with the same seed (mulberry32). */
export class Dice {
  #state: number;

  /**
   * @param seed any whole number
   */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, but without, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /**
   * A whole number.
   *
   * @param limit one above the largest
   */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /**
   * True with a probability.
   *
   * @param probability from 0 to 1
   */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /**
   * One of some.
   *
   * @param values at least one
   */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

const NAMESPACES = ["shop", "pay", "shop-pay", "a"];
const NAMES = [
  "a",
  "b",
  "a-to-b",
  "gateway",
  "waypoint-to-a",
  "ext-a",
  "external-a",
  "web",
  "cart",
  "on",
];
const HOSTS = [
  "api.example.com",
  "db.example.com",
  "203.0.113.7",
  "198.51.100.9",
  "a.b.example.org",
];

/**
 * A random object, which its schema would return.
 *
 * @param dice source of chance
 */
export function randomObject(dice: Dice): Declared {
  const metadata = { name: dice.pick(NAMES), namespace: dice.pick(NAMESPACES) };
  return dice.chance(0.2) ? randomExternal(dice, metadata) : randomService(dice, metadata);
}

/**
 * A random mesh.
 *
 * @param dice source of chance
 * @param size objects; fewer come out when keys coincide
 */
export function randomMesh(dice: Dice, size: number): Declared[] {
  const objects = new Map<string, Declared>();
  for (let index = 0; index < size; index++) {
    const object = randomObject(dice);
    objects.set(idOf(object), object);
  }
  const mesh = [...objects.values()];
  for (const object of mesh) complete(dice, object, mesh);
  return mesh;
}

/**
 * The random mesh of a seed: 2 to 15 objects.
 *
 * @param seed any whole number
 */
export function meshOf(seed: number): Declared[] {
  const dice = new Dice(seed);
  return randomMesh(dice, 2 + dice.below(14));
}

/**
 * Kind and key of an object.
 *
 * @param object object
 */
export function idOf({ kind, metadata }: Declared): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

type Meta = { name: string; namespace: string };

function randomService(dice: Dice, metadata: Meta): LatticeService {
  const resources: Record<string, ServiceResource> = {};
  for (let count = dice.below(5); count > 0; count--) {
    const [key, resource] = randomResource(dice);
    resources[key] = resource;
  }
  const ports: NonNullable<LatticeService["spec"]["service"]>["ports"] = {};
  for (let count = dice.below(4); count > 0; count--) {
    const port = dice.pick([53, 80, 443, 8080]);
    const protocol = dice.chance(0.25) ? "UDP" as const : "TCP" as const;
    const targetPort = dice.pick([53, 80, 8000, 9090]);
    ports[`p${port}-${protocol.toLowerCase()}`] = {
      port,
      protocol,
      ...(dice.chance(0.5) ? { targetPort } : {}),
    };
  }
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeService",
    metadata,
    spec: {
      containers: { main: { image: "x", variables: {}, files: {}, volumes: {} } },
      resources,
      ...(Object.keys(ports).length > 0 ? { service: { ports } } : {}),
      replicas: { min: 1 },
      deploy: { strategy: "rolling" },
      sidecars: {},
      sysctls: {},
      ...(dice.chance(0.03) ? { hostNetwork: true } : {}),
    },
  };
}

function randomResource(dice: Dice): [string, ServiceResource] {
  if (dice.chance(0.1)) {
    const namespace = dice.pick(["*", ...NAMESPACES, undefined]);
    return ["any", {
      type: "service",
      id: "*",
      direction: "inbound",
      ...(namespace ? { namespace } : {}),
    }];
  }
  const name = dice.pick(NAMES);
  const isKey = dice.chance(0.5);
  const type = dice.pick(["service", "service", "service", "external-service", "volume"]);
  const direction = type === "external-service"
    ? "outbound" as const
    : dice.pick(["outbound", "inbound", "both"] as const);
  return [isKey ? name : `key${dice.below(9)}`, {
    type,
    direction,
    ...(isKey ? {} : { id: name }),
    ...(dice.chance(0.5) ? { namespace: dice.pick(NAMESPACES) } : {}),
    ...(direction !== "outbound" && dice.chance(0.1)
      ? { inbound: dice.pick([{ methods: ["GET"] }, { paths: ["/v1/*"] }]) }
      : {}),
  }];
}

function randomExternal(dice: Dice, metadata: Meta): LatticeExternalService {
  const endpoints: Record<string, string> = {};
  for (let count = 1 + dice.below(3); count > 0; count--) {
    endpoints[`e${dice.below(9)}`] = `tcp://${dice.pick(HOSTS)}:${dice.pick([443, 5432, 8443])}`;
  }
  const requesters = Array.from({ length: dice.below(4) }, () =>
    dice.pick([
      dice.pick(NAMES),
      `${dice.pick(NAMESPACES)}/${dice.pick(NAMES)}`,
      `${dice.pick(NAMESPACES)}/*`,
      ...(dice.chance(0.2) ? ["*"] : []),
    ]));
  return {
    apiVersion: "lattice.dev/v1alpha1",
    kind: "LatticeExternalService",
    metadata,
    spec: { endpoints, allowedRequesters: requesters, resolution: "dns" },
  };
}

// By chance alone hardly any two sides agree: point some declarations at what is there, from both sides.
function complete(dice: Dice, object: Declared, mesh: readonly Declared[]): void {
  if (object.kind !== "LatticeService") return;
  for (let count = dice.below(3); count > 0; count--) {
    const peer = dice.pick(mesh);
    const { name, namespace = "" } = peer.metadata;
    const isExternal = peer.kind === "LatticeExternalService";
    object.spec.resources[`to-${name}-${namespace}`] = {
      type: isExternal ? "external-service" : "service",
      id: name,
      namespace,
      direction: "outbound",
    };
    if (!dice.chance(0.6)) continue;
    const { name: id, namespace: from = "" } = object.metadata;
    if (isExternal) peer.spec.allowedRequesters.push(`${from}/${id}`);
    else {
      peer.spec.resources[`from-${id}-${from}`] = {
        type: "service",
        id,
        namespace: from,
        direction: "inbound",
        ...(dice.chance(0.1) ? { inbound: { methods: ["GET"] } } : {}),
      };
    }
  }
}
