/**
 * What the errors of a provider's manager mean to the person who installs: whom to blame, and what to do.
 * Pure; the messages come from conditions and logs.
 *
 * @module
 */
import type { CloudType, KubeObject } from "@lattice/api";

/** Kinds of errors that more patience does not cure. */
export type Obstacle = "unreachable" | "refused";

/** Whom an obstacle points to. */
export interface Blame {
  /** What the person set wrong: variables, or a field. */
  readonly field: string;
  /** What to do, in the imperative. */
  readonly remedy: string;
}

const UNREACHABLE =
  /connection refused|no such host|i\/o timeout|network is unreachable|no route to host|cannot connect|failed to connect|dial (tcp|unix)|TLS handshake|x509:|server misbehaving|connection reset/i;
const REFUSED =
  /\b401\b|\b403\b|unauthori[sz]ed|not authori[sz]ed|access ?denied|InvalidClientTokenId|AuthFailure|SignatureDoesNotMatch|UnrecognizedClient|ExpiredToken|authentication failed|invalid credentials|require authentication/i;

const BLAMES: Readonly<Record<CloudType, Readonly<Record<Obstacle, Blame>>>> = {
  aws: {
    unreachable: {
      field: "spec.provider.config.aws.region",
      remedy: "check the region, and that this machine reaches the API of AWS",
    },
    refused: {
      field: "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
      remedy: "check that the access key is valid and may manage EC2, ELB and IAM",
    },
  },
  docker: {
    unreachable: {
      field: "spec.provider.config.docker",
      remedy: "start Docker on this machine, or set DOCKER_HOST to one that runs",
    },
    refused: {
      field: "spec.provider.config.docker",
      remedy: "give this user access to Docker's socket",
    },
  },
  openstack: {
    unreachable: {
      field: "OS_AUTH_URL, or auth_url in clouds.yaml",
      remedy: "check the URL of Keystone, and that this machine reaches it",
    },
    refused: {
      field: "OS_USERNAME, OS_PASSWORD, or auth in clouds.yaml",
      remedy: "check user, password and project, or the application credential",
    },
  },
  proxmox: {
    unreachable: {
      field: "PROXMOX_URL",
      remedy: "check the URL of the API, and that this machine reaches it",
    },
    refused: {
      field: "PROXMOX_TOKEN, PROXMOX_SECRET",
      remedy: "check that the API token exists and may manage virtual machines",
    },
  },
};

/**
 * Tells whether a message speaks of an obstacle.
 *
 * @param message what a manager says
 * @returns the obstacle; `undefined` for whatever may pass
 */
export function obstacleIn(message: string): Obstacle | undefined {
  if (REFUSED.test(message)) return "refused";
  return UNREACHABLE.test(message) ? "unreachable" : undefined;
}

/**
 * Whom to blame for an obstacle.
 *
 * @param type the provider
 * @param obstacle what is in the way
 */
export function blameFor(type: CloudType, obstacle: Obstacle): Blame {
  return BLAMES[type][obstacle];
}

/** Where the cluster object of each provider writes down what it made, beside machines. */
const TRACES: Readonly<Record<CloudType, readonly string[]>> = {
  aws: ["spec.network.vpc.id", "status.networkStatus", "status.bastion"],
  docker: ["spec.controlPlaneEndpoint.host"],
  openstack: ["status.network", "status.router", "status.apiServerLoadBalancer", "status.bastion"],
  proxmox: [],
};

/**
 * Whether a provider's cluster object knows of anything that was made at the provider.
 *
 * @param type the provider
 * @param object its cluster object, e.g. an AWSCluster
 * @param given what was asked for: a value that was given is no trace
 */
export function hasTraces(type: CloudType, object: KubeObject, given: KubeObject): boolean {
  return TRACES[type].some((path) => {
    const found = valueAt(object, path);
    return isSomething(found) && JSON.stringify(found) !== JSON.stringify(valueAt(given, path));
  });
}

function valueAt(object: KubeObject, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Record<string, unknown>)[key]
        : undefined,
    object,
  );
}

function isSomething(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(isSomething);
  return value !== undefined && value !== null && value !== "" && value !== 0 && value !== false;
}
