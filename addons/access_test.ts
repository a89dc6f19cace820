import assert from "node:assert/strict";
import { locateTools } from "../tools/locate.ts";
import { accessObjects } from "./access_objects.ts";
import { CAPI_NAMESPACE_RULES, CAPI_RULES, OPERATOR_RULES, type PolicyRule } from "./rules.ts";

const USERS = { operatorUser: "op", capiUser: "capi", kwokUser: "kwok" };

/** Every single right of a list of rules, as `GROUP/RESOURCE VERB [NAME]`. */
function rights(rules: readonly PolicyRule[]): Set<string> {
  return new Set(
    rules.flatMap((rule) =>
      rule.apiGroups.flatMap((group) =>
        rule.resources.flatMap((resource) =>
          rule.verbs.flatMap((verb) =>
            (rule.resourceNames ?? [""]).map((name) =>
              `${group}/${resource} ${verb} ${name}`.trim()
            )
          )
        )
      )
    ),
  );
}

async function moduleRules(role: string): Promise<readonly PolicyRule[]> {
  const objects = await (await locateTools()).objects("capi-rbac.yaml");
  const found = objects.find(({ metadata }) => metadata.name === role);
  assert.ok(found, role);
  return found["rules"] as readonly PolicyRule[];
}

Deno.test("the CAPI manager may do what the role of its pinned module says", async () => {
  const granted = rights(CAPI_RULES);
  const missing = [...rights(await moduleRules("capi-manager-role"))].filter((right) =>
    !granted.has(right) && !granted.has(right.replace(/\/\S+/, "/*"))
  );
  assert.deepEqual(missing, []);
  const elections = rights(CAPI_NAMESPACE_RULES);
  const leases = [...rights(await moduleRules("capi-leader-election-role"))].filter((right) =>
    right.startsWith("coordination.k8s.io/")
  );
  assert.deepEqual(leases.filter((right) => !elections.has(right)), []);
});

Deno.test("the CAPI manager may do nothing else but the local provider's kinds", async () => {
  const asked = rights(await moduleRules("capi-manager-role"));
  const extra = [...rights(CAPI_RULES)].filter((right) =>
    !asked.has(right) && !/^(infrastructure|controlplane)\.lattice\.dev\//.test(right)
  );
  assert.deepEqual(extra, []);
});

Deno.test("nobody gets a right over roles, or every right over everything", () => {
  for (const right of rights([...OPERATOR_RULES, ...CAPI_RULES])) {
    assert.doesNotMatch(right, /rbac\.authorization|\* \*|impersonate|escalate|bind\b/);
    assert.doesNotMatch(right, /^\*|^\/\*/);
  }
});

Deno.test("accessObjects() binds each role to one user", () => {
  const objects = accessObjects(USERS);
  const bindings = objects.filter(({ kind }) => kind.endsWith("RoleBinding")).map((object) => ({
    kind: object.kind,
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    users: (object["subjects"] as { name: string }[]).map(({ name }) => name),
  }));
  assert.deepEqual(bindings, [
    { kind: "ClusterRoleBinding", name: "lattice-operator", namespace: undefined, users: ["op"] },
    { kind: "RoleBinding", name: "lattice-operator", namespace: "lattice-system", users: ["op"] },
    {
      kind: "ClusterRoleBinding",
      name: "lattice-capi-manager",
      namespace: undefined,
      users: ["capi"],
    },
    {
      kind: "RoleBinding",
      name: "lattice-capi-manager",
      namespace: "capi-system",
      users: ["capi"],
    },
    {
      kind: "ClusterRoleBinding",
      name: "lattice-kwok-controller",
      namespace: undefined,
      users: ["kwok"],
    },
    {
      kind: "RoleBinding",
      name: "lattice-kwok-controller",
      namespace: "kube-node-lease",
      users: ["kwok"],
    },
  ]);
  const roles = objects.filter(({ kind }) => kind.endsWith("Role")).map(({ kind, metadata }) =>
    `${kind} ${metadata.name}`
  );
  assert.equal(new Set(roles).size, 6);
});
