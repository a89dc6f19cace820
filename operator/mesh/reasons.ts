/**
 * Types of conditions and reason words of conditions and events that the mesh controllers write, each with its meaning.
 *
 * @module
 */

/** Condition: the spec keeps every rule. */
export const VALID = "Valid";
/** Condition: the policies that both sides agreed on are in the cluster. */
export const POLICY_APPLIED = "PolicyApplied";
/** Condition: the objects of the workload are in the cluster. */
export const WORKLOAD_APPLIED = "WorkloadApplied";
/** Condition: as many pods as wanted are available. */
export const WORKLOAD_AVAILABLE = "WorkloadAvailable";
/** Condition: everything that it wants to call agreed to be called. */
export const DEPENDENCIES_READY = "DependenciesReady";
/** Condition, present only when False: a field of the spec has no effect. */
export const SUPPORTED = "Supported";
/** Condition: the object does what it is meant to do. */
export const READY = "Ready";

/** Every rule is kept. */
export const VALID_SPEC = "ValidSpec";
/** The spec breaks a rule; what was applied before stays, its neighbours no longer count on it. */
export const VALIDATION_FAILED = "ValidationFailed";
/** Everything that is wanted is there. */
export const APPLIED = "Applied";
/** Not looked at yet. */
export const PENDING = "Pending";
/** The cluster does not serve kinds that are needed. */
export const MISSING_KINDS = "MissingKinds";
/** An object of that name exists and is somebody else's. */
export const NAME_TAKEN = "NameTaken";
/** A write failed; it is tried again. */
export const APPLY_FAILED = "ApplyFailed";
/** The policies of the cluster itself, such as the default deny, are not in place. */
export const INFRASTRUCTURE_FAILED = "InfrastructureFailed";
/** A problem of the spec stands in the way of the workload; what was applied before stays. */
export const BLOCKED = "Blocked";
/** As many pods as wanted are available. */
export const AVAILABLE = "Available";
/** Pods are missing or not ready. */
export const UNAVAILABLE = "Unavailable";
/** Everything that is wanted agreed. */
export const ALL_AGREED = "AllAgreed";
/** Somebody has not declared their side yet, or does not exist. */
export const WAITING = "WaitingForOthers";
/** A field has no effect. */
export const UNSUPPORTED_FIELD = "UnsupportedField";
/** The service is valid, its policies are applied and its pods are available. */
export const SERVICE_READY = "ServiceReady";
/** The external service is valid and its policies are applied. */
export const ENDPOINTS_CONFIGURED = "EndpointsConfigured";
/** Something is not ready; the other conditions say what. */
export const NOT_READY = "NotReady";
/** Services are selected. */
export const SELECTING = "Selecting";

/** Event: both sides declare a call now. */
export const EDGE_AGREED = "EdgeAgreed";
/** Event: one side no longer declares a call. */
export const EDGE_REVOKED = "EdgeRevoked";
/** Event: something that is to be called does not exist. */
export const DEPENDENCY_MISSING = "DependencyMissing";
/** Event: objects that nothing asks for any more were deleted. */
export const PRUNED = "Pruned";
