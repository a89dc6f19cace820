/**
 * Faults on demand: lets the fault tests stop a run at a chosen point.
 *
 * `LATTICE_FAULT=POINT,VICTIM` where POINT is `step:N` (before step N), `after:N` (after it) or
 * `move:N:before` / `move:N:after` (before request N of the move is sent / after it was answered) or
 * `write:N:before` / `write:N:after` (likewise, counting only requests that change something), and
 * VICTIM is `self` (kill -9 of this process), `interrupt` (Ctrl-C), `error` (the step fails) or the name
 * of a component of the temporary cluster, such as `operator`. A point strikes once a process.
 *
 * @module
 */

import { join } from "node:path";
import { LatticeError } from "@lattice/api/errors";
import { z } from "zod";
import type { Io } from "../io.ts";

/** Hears of every point that a run passes. */
export type FaultHook = (point: string) => Promise<void>;

const pidFileSchema = z.object({ pid: z.int().positive() });

/**
 * Makes the hook that `LATTICE_FAULT` asks for.
 *
 * @param io The world.
 * @param clusterDirectory Directory of the temporary cluster, for its pid files.
 * @returns A hook that does nothing unless the variable is set.
 */
export function faultHook(io: Io, clusterDirectory: string): FaultHook {
  const wanted = io.env("LATTICE_FAULT");
  if (wanted === undefined) return () => Promise.resolve();
  const [wantedPoint = "", victim = "self"] = wanted.split(",");
  let struck = false;
  return async (point) => {
    if (point !== wantedPoint || struck) return;
    struck = true;
    await strike(victim, clusterDirectory);
  };
}

async function strike(victim: string, clusterDirectory: string): Promise<void> {
  if (victim === "self") Deno.kill(Deno.pid, "SIGKILL");
  if (victim === "error") {
    throw new LatticeError("internal", "A fault was asked for", { remedy: "unset LATTICE_FAULT" });
  }
  if (victim === "interrupt") {
    Deno.kill(Deno.pid, "SIGINT");
    // The signal reaches its listener in a later turn of the event loop; nothing may happen before.
    await new Promise((resolve) => setTimeout(resolve, 50));
    return;
  }
  const path = join(clusterDirectory, "run", `${victim}.pid`);
  const { pid } = pidFileSchema.parse(JSON.parse(await Deno.readTextFile(path)));
  Deno.kill(pid, "SIGKILL");
}
