// The C side of @lattice/crypto: what every shim file shares.
//
// Conventions. Buffers are (pointer, length) pairs in linear memory. A function returns a status: 1 for success
// (or "yes"), 0 for "no", and a negative LC_* code for failure. Results of variable length go to the one output
// buffer of output.c. Key handles are EVP_PKEY pointers; 0 means failure, with the reason in lc_reason().
#ifndef LATTICE_CRYPTO_SHIM_H
#define LATTICE_CRYPTO_SHIM_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/bytestring.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define EXPORT(name) __attribute__((export_name(#name)))

enum {
  LC_OK = 1,
  LC_NO = 0,
  LC_INVALID = -1,    // the input cannot be read
  LC_FORBIDDEN = -2,  // readable, but not an algorithm or size that is allowed
  LC_FAILED = -3,     // the library failed; its error queue says why
  LC_MISMATCH = -4,   // two inputs do not belong together (issuer and key, two curves)
  LC_SIGNATURE = -5,  // a signature that must hold does not
};

// output.c: the output buffer. Writers take ownership through a CBB; a second writer replaces the first.
int lc_output_bytes(const uint8_t *data, size_t len);
int lc_output_cbb(CBB *cbb);
// Writes a DER structure as one PEM block with |label| to the output.
int lc_output_pem(const char *label, const uint8_t *der, size_t len);

// policy.c: what is allowed.
const EVP_MD *lc_digest_by_id(int id);
int lc_key_allowed(const EVP_PKEY *key);
// The key inside |spki| when it is allowed and, on a curve, named by its identifier. Owned by |spki|.
EVP_PKEY *lc_spki_key(X509_PUBKEY *spki);
int lc_signature_allowed(int signature_nid);
// The digest that signs with |key|: SHA-384 for P-384, SHA-256 else.
const EVP_MD *lc_default_digest(const EVP_PKEY *key);

// keys.c
void lc_set_reason(int reason);
// A handle on the key of |spki|, which stays with the caller; NULL with the reason set when it is not allowed.
EVP_PKEY *lc_public_handle(X509_PUBKEY *spki);

// names.c: distinguished and alternative names in the shim's wire form.
int lc_read_name(CBS *in, X509_NAME *name);
int lc_read_alternative_names(CBS *in, GENERAL_NAMES **out);
int lc_write_name(CBB *out, const X509_NAME *name);
int lc_write_alternative_names(CBB *out, const GENERAL_NAMES *names);
int lc_write_string(CBB *out, const uint8_t *data, size_t len);
int lc_write_key_name(CBB *out, X509_PUBKEY *spki);

// parse.c
X509 *lc_certificate_from_pem(const uint8_t *pem, size_t len);

#endif
