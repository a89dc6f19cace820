/**
 * Credentials of OpenStack: a `clouds.yaml`, given as a file or made from the variables of an rc file.
 *
 * @module
 */

import type { LatticeCluster, Problem } from "@lattice/api";
import { ValidationError } from "@lattice/api/errors";
import { OPENSTACK_KEYS } from "@lattice/providers";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Io } from "../io.ts";
import { absent, type Origin, placeOf } from "./problems.ts";

const { clouds: CLOUDS, cloud: CLOUD, cacert: CACERT } = OPENSTACK_KEYS;
/** Variable with the path of a clouds.yaml. */
const CLOUDS_FILE = "OPENSTACK_CLOUD_CONFIG";
const text = z.string().min(1);

const cloudsSchema = z.object({
  clouds: z.record(z.string(), z.object({ auth: z.looseObject({ auth_url: text }) })),
});

/** One of these sets of fields lets somebody in. */
const WAYS: readonly (readonly string[])[] = [
  ["application_credential_id", "application_credential_secret"],
  ["application_credential_name", "application_credential_secret", "username"],
  ["username", "password"],
  ["user_id", "password"],
  ["token"],
];
/** Fields whose values are never shown. */
const SECRETS = ["password", "application_credential_secret", "token"];

/** How the variables of an rc file become a cloud: variable, further name, default. */
const RC = {
  auth_url: ["OS_AUTH_URL"],
  username: ["OS_USERNAME"],
  password: ["OS_PASSWORD"],
  project_name: ["OS_PROJECT_NAME", "OS_TENANT_NAME"],
} as const;

/**
 * Reads the credentials from the environment: `OPENSTACK_CLOUD_CONFIG` names a clouds.yaml, else the
 * variables `OS_*` are made into one.
 *
 * @param io The world.
 * @param cloud Name of the cloud that the cluster uses.
 * @param origin The environment, for messages.
 * @returns Data of the Secret.
 * @throws {ValidationError} When a file cannot be read, or variables are missing.
 */
export async function openStackFromEnvironment(
  io: Io,
  cloud: string,
  origin: Origin,
): Promise<Record<string, string>> {
  const path = io.env(CLOUDS_FILE);
  const cacert = io.env("OPENSTACK_CACERT");
  const clouds = path === undefined
    ? cloudFromVariables(io, cloud, origin)
    : await readOr(path, CLOUDS_FILE);
  return {
    [CLOUDS]: clouds,
    [CLOUD]: cloud,
    ...(cacert !== undefined && { [CACERT]: await readOr(cacert, "OPENSTACK_CACERT") }),
  };
}

async function readOr(path: string, variable: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new ValidationError([{
      field: variable,
      reason: `names a file that cannot be read: ${path}`,
      remedy: "name an existing, readable file",
    }], cause);
  }
}

function cloudFromVariables(io: Io, cloud: string, origin: Origin): string {
  const values = Object.entries(RC).map(([field, names]) =>
    [field, names.map((name) => io.env(name)).find((value) => value !== undefined)] as const
  );
  const missing = Object.entries(RC).filter(([field]) =>
    values.every(([name, value]) => name !== field || value === undefined)
  );
  if (missing.length > 0) {
    const names = missing.map(([, alternatives]) => alternatives.join(" or "));
    const { remedy, ...problem } = absent(names, origin);
    throw new ValidationError([{
      ...problem,
      remedy: `${remedy}, or set ${CLOUDS_FILE} to the path of a clouds.yaml`,
    }]);
  }
  const auth = {
    ...Object.fromEntries(values),
    user_domain_name: io.env("OS_USER_DOMAIN_NAME") ?? "Default",
    project_domain_name: io.env("OS_PROJECT_DOMAIN_NAME") ?? "Default",
  };
  const entry = {
    auth,
    region_name: io.env("OS_REGION_NAME") ?? "RegionOne",
    interface: "public",
    identity_api_version: 3,
  };
  // A writer of YAML quotes what needs quotes; passwords often do.
  return stringify({ clouds: { [cloud]: entry } });
}

/**
 * Checks a clouds.yaml.
 *
 * @param data Data of the Secret.
 * @param origin Where it comes from.
 * @param cluster The cluster, which names the cloud.
 */
export function openStackProblems(
  data: Readonly<Record<string, string>>,
  origin: Origin,
  cluster: LatticeCluster,
): Problem[] {
  const field = origin.nameOf({ key: CLOUDS, variables: [CLOUDS_FILE] });
  const place = placeOf(origin);
  const source = data[CLOUDS];
  if (!source) return [absent([field], origin)];
  const problem = (reason: string, remedy: string): Problem => ({
    field,
    reason,
    remedy,
    ...place,
  });
  const parsed = readClouds(source);
  if (parsed === undefined) {
    const shape = "write clouds: {NAME: {auth: {auth_url: …, …}}}";
    return [problem("is not a clouds.yaml: it is no YAML, or a cloud has no auth.auth_url", shape)];
  }
  const wanted = cluster.spec.provider.config.openstack?.cloudName ?? "openstack";
  const auth = parsed[wanted]?.auth;
  if (auth === undefined) {
    const names = Object.keys(parsed).join(", ") || "none";
    const where = "spec.provider.config.openstack.cloudName";
    return [problem(`has no cloud "${wanted}", but: ${names}`, `name one of them in ${where}`)];
  }
  const url = String(auth.auth_url);
  return [
    ...(/^https?:\/\/[^\s@]+$/.test(url)
      ? []
      : [problem(`auth_url of cloud "${wanted}" is not a URL`, "write https://HOST:5000/v3")]),
    ...(WAYS.some((way) => way.every((key) => auth[key])) ? [] : [problem(
      `cloud "${wanted}" has no complete credentials`,
      "write username and password, or application_credential_id and application_credential_secret",
    )]),
    ...(data[CACERT] === undefined || data[CACERT].includes("-----BEGIN CERTIFICATE-----") ? [] : [{
      field: origin.nameOf({ key: CACERT, variables: ["OPENSTACK_CACERT"] }),
      reason: "is not PEM",
      remedy: "name a file with certificates between BEGIN and END lines",
      ...place,
    }]),
  ];
}

/**
 * Values in a clouds.yaml that must never be shown.
 *
 * @param source Its text.
 */
export function openStackSecrets(source: string): string[] {
  return Object.values(readClouds(source) ?? {}).flatMap(({ auth }) =>
    SECRETS.flatMap((key) => typeof auth[key] === "string" ? [auth[key]] : [])
  );
}

type Clouds = z.output<typeof cloudsSchema>["clouds"];

/** The parser's own words would quote the text, so that they are dropped. */
function readClouds(source: string): Clouds | undefined {
  try {
    return cloudsSchema.safeParse(parse(source, { logLevel: "silent" })).data?.clouds;
  } catch {
    return undefined;
  }
}
