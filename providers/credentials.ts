/**
 * What each provider needs to be let in: variables of the environment, the Secrets that carry them, and
 * what the provider's manager reads. Data only; reading and writing is the business of the CLI.
 *
 * @module
 */
import type { CloudType } from "@lattice/api";

/** One value of a provider's credentials. */
export interface CredentialField {
  /** Key in the Secret. */
  readonly key: string;
  /** Variables that it is read from; the first that is set counts. */
  readonly variables: readonly string[];
  /** Whether the provider works without it. */
  readonly optional: boolean;
  /** Whether it must never be shown. */
  readonly secret: boolean;
  /** What a legal value looks like. */
  readonly pattern: RegExp;
  /** The same in words: "a URL, https://HOST:8006". */
  readonly shape: string;
}

/** Where something with a name lives. */
export interface SecretPlace {
  /** Namespace. */
  readonly namespace: string;
  /** Name. */
  readonly name: string;
}

/** The credentials of a provider. */
export interface CredentialScheme {
  /** Name of the Secret in `lattice-system` unless somebody names another one. */
  readonly secretName: string;
  /** Its values. Empty: they are one file, which is checked as such. */
  readonly fields: readonly CredentialField[];
  /** Secret that the provider's manager, or its clusterctl template, reads. */
  readonly manager: SecretPlace;
  /** Whether objects of a cluster refer to a Secret beside them, of {@linkcode secretName} or of the name in the spec. */
  readonly besideCluster: boolean;
}

const NO_SPACE = /^\S+$/;

/** Credentials by type of provider; docker needs none. */
export const CREDENTIALS: Readonly<Record<Exclude<CloudType, "docker">, CredentialScheme>> = {
  aws: {
    secretName: "aws-credentials",
    fields: [
      {
        key: "AWS_ACCESS_KEY_ID",
        variables: ["AWS_ACCESS_KEY_ID"],
        optional: false,
        secret: false,
        pattern: /^[A-Z0-9]{16,128}$/,
        shape: "16 or more capital letters and digits, e.g. AKIA…",
      },
      {
        key: "AWS_SECRET_ACCESS_KEY",
        variables: ["AWS_SECRET_ACCESS_KEY"],
        optional: false,
        secret: true,
        pattern: /^[A-Za-z0-9/+=]{16,}$/,
        shape: "the 40 characters that AWS showed once",
      },
      {
        key: "AWS_REGION",
        variables: ["AWS_REGION", "AWS_DEFAULT_REGION"],
        optional: false,
        secret: false,
        pattern: /^[a-z]{2,}(-[a-z0-9]+)+$/,
        shape: "a region, e.g. us-west-2",
      },
      {
        key: "AWS_SESSION_TOKEN",
        variables: ["AWS_SESSION_TOKEN"],
        optional: true,
        secret: true,
        pattern: NO_SPACE,
        shape: "the session token, without spaces",
      },
    ],
    manager: { namespace: "capa-system", name: "capa-manager-bootstrap-credentials" },
    besideCluster: false,
  },
  proxmox: {
    secretName: "proxmox-credentials",
    fields: [
      {
        key: "url",
        variables: ["PROXMOX_URL"],
        optional: false,
        secret: false,
        pattern: /^https?:\/\/[^\s/@]+(:\d+)?(\/[^\s?#]*)?$/,
        shape: "a URL without user, e.g. https://pve.example.com:8006",
      },
      {
        key: "token",
        variables: ["PROXMOX_TOKEN"],
        optional: false,
        secret: true,
        pattern: /^[^\s@!]+@[^\s@!]+![^\s@!=]+$/,
        shape: "the id of an API token, USER@REALM!TOKENID",
      },
      {
        key: "secret",
        variables: ["PROXMOX_SECRET"],
        optional: false,
        secret: true,
        pattern: NO_SPACE,
        shape: "the secret of the API token, without spaces",
      },
    ],
    manager: { namespace: "capmox-system", name: "proxmox-credentials" },
    besideCluster: true,
  },
  openstack: {
    secretName: "openstack-cloud-config",
    fields: [],
    manager: { namespace: "capo-system", name: "openstack-cloud-config" },
    besideCluster: true,
  },
};

/** Keys of the Secret of an OpenStack account. */
export const OPENSTACK_KEYS = { clouds: "clouds.yaml", cloud: "cloud", cacert: "cacert" } as const;

/** Key under which CAPA's Deployment expects an INI file. */
const AWS_FILE_KEY = "credentials";

/**
 * Data of the Secret that the provider's manager reads.
 *
 * @param type the provider
 * @param data data of the account's Secret
 * @returns the same data, and for AWS the file that CAPA reads
 */
export function managerData(
  type: CloudType,
  data: Readonly<Record<string, string>>,
): Record<string, string> {
  return type === "aws" ? { ...data, [AWS_FILE_KEY]: awsProfile(data) } : { ...data };
}

/**
 * Variables for the templates of `clusterctl init`.
 *
 * @param type the provider
 * @param data data of the account's Secret
 * @returns variables; they are secret
 */
export function clusterctlVariables(
  type: CloudType,
  data: Readonly<Record<string, string>>,
): Record<string, string> {
  if (type === "aws") return { AWS_B64ENCODED_CREDENTIALS: btoa(awsProfile(data)) };
  if (type !== "proxmox") return {};
  const fields = CREDENTIALS.proxmox.fields;
  return Object.fromEntries(
    fields.flatMap(({ key, variables: [name] }) => name ? [[name, data[key] ?? ""]] : []),
  );
}

/** The default profile of an AWS credentials file, without a newline at its end. */
export function awsProfile(data: Readonly<Record<string, string>>): string {
  return [
    "[default]",
    `aws_access_key_id = ${data.AWS_ACCESS_KEY_ID}`,
    `aws_secret_access_key = ${data.AWS_SECRET_ACCESS_KEY}`,
    `region = ${data.AWS_REGION}`,
    ...(data.AWS_SESSION_TOKEN ? [`aws_session_token = ${data.AWS_SESSION_TOKEN}`] : []),
  ].join("\n");
}
