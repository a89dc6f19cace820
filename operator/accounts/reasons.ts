/**
 * Types and reason words of the conditions that the controllers of accounts and of sources of secrets write, each with
 * its meaning.
 *
 * @module
 */

/** Condition: the object can be used. */
export const READY = "Ready";
/** Condition: the object keeps every rule, and is where it counts. */
export const VALID = "Valid";
/** Condition: the Secret with the credentials is there and complete. */
export const CREDENTIALS_AVAILABLE = "CredentialsAvailable";
/** Condition: the ClusterSecretStore is in the cluster as it is wanted. */
export const STORE_APPLIED = "StoreApplied";
/** Condition, present once External Secrets has reported: it can use the store. */
export const STORE_READY = "StoreReady";

/** Every rule is kept. */
export const VALID_SPEC = "ValidSpec";
/** The spec breaks a rule; what was applied before stays. */
export const VALIDATION_FAILED = "ValidationFailed";
/** The object is in a namespace where it has no effect. */
export const WRONG_NAMESPACE = "WrongNamespace";
/** The Secret is there and complete. */
export const CREDENTIALS_FOUND = "CredentialsFound";
/** Nothing is read from a Secret. */
export const NO_CREDENTIALS_NEEDED = "NoCredentialsNeeded";
/** No Secret is named, it does not exist, or keys are missing or empty. */
export const CREDENTIALS_MISSING = "CredentialsMissing";
/** The store is as it is wanted. */
export const APPLIED = "Applied";
/** The cluster does not serve ClusterSecretStores yet. */
export const WAITING_FOR_EXTERNAL_SECRETS = "WaitingForExternalSecrets";
/** The store of before is still on its way out. */
export const WAITING_FOR_DELETION = "WaitingForDeletion";
/** A store of that name exists and is somebody else's. */
export const NAME_TAKEN = "NameTaken";
/** The API server refused the store; it is tried again. */
export const APPLY_FAILED = "ApplyFailed";
/** External Secrets can use the store. */
export const STORE_VALID = "StoreValid";
/** External Secrets cannot use the store, and gave no reason that is a word. */
export const STORE_NOT_READY = "StoreNotReady";
/** The account can be used. */
export const ACCOUNT_READY = "AccountReady";
/** The source of secrets can be used. */
export const PROVIDER_READY = "ProviderReady";
