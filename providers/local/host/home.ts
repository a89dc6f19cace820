/**
 * Which directory holds the state of all local clusters.
 * @module
 */

import { LatticeError } from "@lattice/api/errors";
import { resolve } from "node:path";

/**
 * The directory of all local state: `$LATTICE_HOME`, else `$XDG_STATE_HOME/lattice`, else
 * `~/.local/state/lattice`. It may not exist yet. Needs to read those three variables.
 *
 * @returns an absolute path
 * @throws {LatticeError} `prerequisite` when none of the variables is set
 */
export function stateHome(): string {
  const own = Deno.env.get("LATTICE_HOME");
  if (own) return resolve(own);
  const state = Deno.env.get("XDG_STATE_HOME");
  if (state) return resolve(state, "lattice");
  const home = Deno.env.get("HOME");
  if (home) return resolve(home, ".local", "state", "lattice");
  throw new LatticeError("prerequisite", "Cannot tell where the state of local clusters is kept", {
    remedy: "set LATTICE_HOME, XDG_STATE_HOME or HOME",
  });
}
