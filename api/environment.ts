/**
 * Parsing without an environment.
 *
 * The Node build of the `yaml` package looks for two debugging variables each time it parses. Without permission to
 * read the environment that throws, and with it a variable of the user's could make the parser print to stdout.
 *
 * @module
 */

interface Host {
  process?: { env: unknown };
}

/**
 * Runs synchronous work that sees an empty `process.env`.
 *
 * Nothing else can run in between, so nobody else notices.
 *
 * @param work what to do; must not be asynchronous
 * @returns what the work returned
 */
export function withoutEnvironment<T>(work: () => T): T {
  const { process } = globalThis as unknown as Host;
  if (!process) return work();
  const { env } = process;
  process.env = {};
  try {
    return work();
  } finally {
    process.env = env;
  }
}
