/**
 * A bootstrap cluster of processes on this machine that runs the managers of a cloud's provider. Needs no
 * Docker.
 *
 * @module
 */

import { installManagers } from "@lattice/addons";
import type { KubeClient } from "@lattice/kube";
import { awsProfile } from "@lattice/providers";
import {
  clusterPaths,
  type ClusterRecord,
  readRecord,
  removeCluster,
  waitReady,
} from "@lattice/providers/local/host";
import { join } from "node:path";
import type { Account } from "../credentials/read.ts";
import type { Step } from "../output/reporter.ts";
import type { BootstrapCluster, Complaint } from "./bootstrap.ts";
import { lastComplaint } from "./complaints.ts";
import { DEADLINES } from "./deadlines.ts";
import { Managers } from "./managers.ts";
import type { Session } from "./session.ts";
import { connectTo, installManagementInto, startTemporary } from "./temporary.ts";

/** What a local bootstrap cluster needs of its run. */
export type LocalBootstrapSession = Pick<
  Session,
  "home" | "temporary" | "runId" | "tools" | "signal" | "io"
>;

/** Name of the file with the profile that CAPA reads; below `pki/`, which only its owner can read. */
const AWS_FILE = "aws-credentials";

/**
 * Makes the handle of a local bootstrap cluster; starts nothing.
 *
 * @param session The run.
 * @param account Whose managers it runs.
 * @param bootstrap What turns machines into nodes.
 * @throws {LatticeError} `prerequisite` when components are not built.
 */
export async function localBootstrap(
  session: LocalBootstrapSession,
  account: Account,
  bootstrap: "kubeadm" | "rke2",
): Promise<BootstrapCluster> {
  const { home, temporary, io } = session;
  const file = join(clusterPaths(home, temporary).pki, AWS_FILE);
  const dockerHost = io.env("DOCKER_HOST");
  const env = {
    ...(account.type === "aws" && { AWS_SHARED_CREDENTIALS_FILE: file }),
    ...(account.type === "docker" && dockerHost !== undefined && { DOCKER_HOST: dockerHost }),
  };
  const managers = await Managers.locate(account.type, bootstrap, env);
  return new LocalBootstrap(session, account, managers, file);
}

class LocalBootstrap implements BootstrapCluster {
  readonly kind = "local";
  readonly #session: LocalBootstrapSession;
  readonly #account: Account;
  readonly #managers: Managers;
  readonly #file: string;

  constructor(
    session: LocalBootstrapSession,
    account: Account,
    managers: Managers,
    file: string,
  ) {
    this.#session = session;
    this.#account = account;
    this.#managers = managers;
    this.#file = file;
  }

  get name(): string {
    return this.#session.temporary;
  }

  async exists(): Promise<boolean> {
    return await this.#record() !== undefined;
  }

  async start(step: Step): Promise<void> {
    step.note("starting etcd and the API server");
    const { tools } = this.#session;
    await startTemporary(this.#session, tools.versions.kubernetes, {
      managers: this.#managers.commands(),
      beforeStart: () => this.#writeCredentials(),
    });
  }

  async installManagement(step: Step): Promise<void> {
    const { home, signal } = this.#session;
    const record = await this.#record();
    using client = await this.connect();
    if (record === undefined || client === undefined) return;
    await installManagementInto(this.#session, client, step);
    step.note(`installing kinds and webhooks of ${this.#managers.ids.map(shortName).join(", ")}`);
    const options = { timeoutMs: DEADLINES.management, signal };
    await installManagers(client, await this.#managers.installations(record), options);
    for (const id of this.#managers.ids) {
      step.note(`waiting for ${shortName(id)}`);
      await waitReady(home, this.name, [id], options);
    }
  }

  async connect(): Promise<KubeClient | undefined> {
    return await connectTo(this.#session.home, this.name);
  }

  async kubeconfig(): Promise<string | undefined> {
    return (await this.#record())?.kubeconfig;
  }

  async complaints(): Promise<Complaint[]> {
    const { logs } = clusterPaths(this.#session.home, this.name);
    const found = await Promise.all(this.#managers.ids.map(async (id) => {
      const text = await lastComplaint(join(logs, `${id}.log`));
      return text === undefined ? [] : [{ manager: shortName(id), text }];
    }));
    return found.flat();
  }

  async remove(options: { timeoutMs: number; signal?: AbortSignal }): Promise<boolean> {
    return await removeCluster(this.#session.home, this.name, options);
  }

  #record(): Promise<ClusterRecord | undefined> {
    return readRecord(this.#session.home, this.name);
  }

  /** CAPA takes its own credentials from a file; the others read Secrets. */
  async #writeCredentials(): Promise<void> {
    const { type, secret } = this.#account;
    if (type !== "aws" || secret === undefined) return;
    await Deno.writeTextFile(this.#file, awsProfile(secret.data) + "\n", { mode: 0o600 });
  }
}

function shortName(id: string): string {
  return id.replace(/^manager-/, "");
}
