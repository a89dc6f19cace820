/**
 * Objects that the target needs beside the graph.
 *
 * @module
 */
import type { KubeObject } from "@lattice/kube";
import { FIELD_MANAGER } from "./content.ts";
import type { Context } from "./context.ts";
import { displayName } from "./graph.ts";

/**
 * Applies the extras to the target.
 *
 * @param context The call.
 */
export async function applyExtras(context: Context): Promise<void> {
  await context.calls.forEach(context.options.extras ?? [], async (extra) => {
    const object = bare(extra);
    await context.calls.call<KubeObject>(
      "target",
      `apply ${displayName(extra)}`,
      (client, options) =>
        client.apply(object, { manager: FIELD_MANAGER, force: true, ...options }),
    );
  });
}

/** An object without what only a server may set. */
function bare(object: KubeObject): KubeObject {
  const { status: _status, metadata, ...body } = object;
  const { name, namespace, labels, annotations, finalizers } = metadata;
  return {
    ...body,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
    },
  };
}
