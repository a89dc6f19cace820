// Certificates and requests that are written: X.509 v3 certificates, PKCS#10 requests.

#include <string.h>

#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/rand.h>
#include <openssl/stack.h>

#include "shim.h"

#define SERIAL_BYTES 16
#define KEY_ID_BYTES 20

// What one lc_issue call was asked for.
typedef struct {
  EVP_PKEY *subject_key;
  EVP_PKEY *signing_key;
  CBS issuer_pem;  // empty: self-signed
  int64_t not_before;
  int64_t not_after;
  uint16_t key_usage;     // X509v3_KU_* bits
  uint8_t extended_usage;  // 1 server, 2 client
  uint8_t ca;
  uint8_t path_length;  // 0: none, else limit + 1
} Order;

static int read_order(CBS *in, Order *order) {
  uint32_t subject_key, signing_key;
  uint64_t not_before, not_after;
  if (!CBS_get_u32(in, &subject_key) || !CBS_get_u32(in, &signing_key) ||
      !CBS_get_u24_length_prefixed(in, &order->issuer_pem) || !CBS_get_u64(in, &not_before) ||
      !CBS_get_u64(in, &not_after) || !CBS_get_u16(in, &order->key_usage) ||
      !CBS_get_u8(in, &order->extended_usage) || !CBS_get_u8(in, &order->ca) ||
      !CBS_get_u8(in, &order->path_length)) {
    return 0;
  }
  order->subject_key = (EVP_PKEY *)(uintptr_t)subject_key;
  order->signing_key = (EVP_PKEY *)(uintptr_t)signing_key;
  order->not_before = (int64_t)not_before;
  order->not_after = (int64_t)not_after;
  return 1;
}

static int set_serial(X509 *cert) {
  uint8_t bytes[SERIAL_BYTES];
  if (!RAND_bytes(bytes, sizeof(bytes))) {
    return 0;
  }
  BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
  const int ok = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
  BN_free(number);
  return ok;
}

static int set_validity(X509 *cert, const Order *order) {
  return ASN1_TIME_set_posix(X509_getm_notBefore(cert), order->not_before) != NULL &&
         ASN1_TIME_set_posix(X509_getm_notAfter(cert), order->not_after) != NULL;
}

static int add_basic_constraints(X509 *cert, const Order *order) {
  BASIC_CONSTRAINTS *bc = BASIC_CONSTRAINTS_new();
  int ok = bc != NULL;
  if (ok && order->ca) {
    bc->ca = ASN1_BOOLEAN_TRUE;
    if (order->path_length > 0) {
      bc->pathlen = ASN1_INTEGER_new();
      ok = bc->pathlen != NULL && ASN1_INTEGER_set(bc->pathlen, order->path_length - 1);
    }
  }
  ok = ok && X509_add1_ext_i2d(cert, NID_basic_constraints, bc, 1, X509V3_ADD_DEFAULT);
  BASIC_CONSTRAINTS_free(bc);
  return ok;
}

static int add_key_usage(X509 *cert, uint16_t usage) {
  ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
  int ok = bits != NULL;
  for (int i = 0; ok && i < 8; i++) {
    ok = !(usage & (0x80 >> i)) || ASN1_BIT_STRING_set_bit(bits, i, 1);
  }
  ok = ok && X509_add1_ext_i2d(cert, NID_key_usage, bits, 1, X509V3_ADD_DEFAULT);
  ASN1_BIT_STRING_free(bits);
  return ok;
}

static int add_extended_usage(X509 *cert, uint8_t usage) {
  if (usage == 0) {
    return 1;
  }
  EXTENDED_KEY_USAGE *purposes = sk_ASN1_OBJECT_new_null();
  int ok = purposes != NULL;
  if (ok && (usage & 1)) {
    ok = sk_ASN1_OBJECT_push(purposes, OBJ_nid2obj(NID_server_auth)) > 0;
  }
  if (ok && (usage & 2)) {
    ok = sk_ASN1_OBJECT_push(purposes, OBJ_nid2obj(NID_client_auth)) > 0;
  }
  ok = ok && X509_add1_ext_i2d(cert, NID_ext_key_usage, purposes, 0, X509V3_ADD_DEFAULT);
  sk_ASN1_OBJECT_free(purposes);
  return ok;
}

// First 160 bits of SHA-256 over the public key (RFC 7093, method 1): no SHA-1 anywhere.
static ASN1_OCTET_STRING *key_id(const X509 *cert) {
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
  if (id != NULL && X509_pubkey_digest(cert, EVP_sha256(), digest, &len) &&
      ASN1_OCTET_STRING_set(id, digest, KEY_ID_BYTES)) {
    return id;
  }
  ASN1_OCTET_STRING_free(id);
  return NULL;
}

static int add_key_ids(X509 *cert, X509 *issuer) {
  ASN1_OCTET_STRING *subject_id = key_id(cert);
  AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
  int ok = subject_id != NULL && authority != NULL;
  if (ok) {
    const ASN1_OCTET_STRING *known = issuer == NULL ? subject_id : X509_get0_subject_key_id(issuer);
    authority->keyid = known != NULL ? ASN1_OCTET_STRING_dup(known) : key_id(issuer);
    ok = authority->keyid != NULL;
  }
  ok = ok && X509_add1_ext_i2d(cert, NID_subject_key_identifier, subject_id, 0, X509V3_ADD_DEFAULT) &&
       X509_add1_ext_i2d(cert, NID_authority_key_identifier, authority, 0, X509V3_ADD_DEFAULT);
  ASN1_OCTET_STRING_free(subject_id);
  AUTHORITY_KEYID_free(authority);
  return ok;
}

static int add_alternative_names(X509 *cert, GENERAL_NAMES *names) {
  return sk_GENERAL_NAME_num(names) == 0 ||
         X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT);
}

// The issuer must be a CA whose key is the one that signs.
static int check_issuer(X509 *issuer, const Order *order) {
  if (!(X509_get_extension_flags(issuer) & EXFLAG_CA)) {
    return LC_MISMATCH;
  }
  return X509_check_private_key(issuer, order->signing_key) ? LC_OK : LC_MISMATCH;
}

static int output_certificate(X509 *cert) {
  uint8_t *der = NULL;
  const int len = i2d_X509(cert, &der);
  if (len <= 0) {
    return LC_FAILED;
  }
  const int status = lc_output_pem("CERTIFICATE", der, (size_t)len);
  OPENSSL_free(der);
  return status;
}

static int fill(X509 *cert, X509 *issuer, const Order *order, CBS *in) {
  X509_NAME *name = X509_NAME_new();
  GENERAL_NAMES *names = NULL;
  int status = LC_INVALID;
  if (name != NULL && lc_read_name(in, name) && lc_read_alternative_names(in, &names) &&
      CBS_len(in) == 0) {
    const X509_NAME *issuer_name = issuer == NULL ? name : X509_get_subject_name(issuer);
    status = X509_set_version(cert, X509_VERSION_3) && set_serial(cert) && set_validity(cert, order) &&
                     X509_set_subject_name(cert, name) &&
                     X509_set_issuer_name(cert, (X509_NAME *)issuer_name) &&
                     X509_set_pubkey(cert, order->subject_key) && add_basic_constraints(cert, order) &&
                     add_key_usage(cert, order->key_usage) &&
                     add_extended_usage(cert, order->extended_usage) && add_key_ids(cert, issuer) &&
                     add_alternative_names(cert, names)
                 ? LC_OK
                 : LC_FAILED;
  }
  GENERAL_NAMES_free(names);
  X509_NAME_free(name);
  return status;
}

// Issues one certificate; its PEM goes to the output. |order_bytes|: see read_order, then name, then names.
EXPORT(lc_issue) int lc_issue(const uint8_t *order_bytes, size_t len) {
  CBS in;
  Order order;
  X509 *issuer = NULL;
  CBS_init(&in, order_bytes, len);
  if (!read_order(&in, &order)) {
    return LC_INVALID;
  }
  if (CBS_len(&order.issuer_pem) > 0) {
    issuer = lc_certificate_from_pem(CBS_data(&order.issuer_pem), CBS_len(&order.issuer_pem));
    const int status = issuer == NULL ? LC_INVALID : check_issuer(issuer, &order);
    if (status != LC_OK) {
      X509_free(issuer);
      return status;
    }
  }
  X509 *cert = X509_new();
  int status = cert == NULL ? LC_FAILED : fill(cert, issuer, &order, &in);
  if (status == LC_OK) {
    status = X509_sign(cert, order.signing_key, lc_default_digest(order.signing_key))
                 ? output_certificate(cert)
                 : LC_FAILED;
  }
  X509_free(cert);
  X509_free(issuer);
  return status;
}

static int add_requested_names(X509_REQ *req, GENERAL_NAMES *names) {
  if (sk_GENERAL_NAME_num(names) == 0) {
    return 1;
  }
  STACK_OF(X509_EXTENSION) *extensions = NULL;
  const int ok =
      X509V3_add1_i2d(&extensions, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1 &&
      X509_REQ_add_extensions(req, extensions);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  return ok;
}

static int output_request(X509_REQ *req) {
  uint8_t *der = NULL;
  const int len = i2d_X509_REQ(req, &der);
  if (len <= 0) {
    return LC_FAILED;
  }
  const int status = lc_output_pem("CERTIFICATE REQUEST", der, (size_t)len);
  OPENSSL_free(der);
  return status;
}

// Writes a PKCS#10 request for |key|. |bytes|: name, then alternative names.
EXPORT(lc_request_create) int lc_request_create(EVP_PKEY *key, const uint8_t *bytes, size_t len) {
  CBS in;
  CBS_init(&in, bytes, len);
  X509_REQ *req = X509_REQ_new();
  X509_NAME *name = X509_NAME_new();
  GENERAL_NAMES *names = NULL;
  int status = LC_INVALID;
  if (req != NULL && name != NULL && lc_read_name(&in, name) &&
      lc_read_alternative_names(&in, &names)) {
    status = X509_REQ_set_version(req, X509_REQ_VERSION_1) && X509_REQ_set_subject_name(req, name) &&
                     X509_REQ_set_pubkey(req, key) && add_requested_names(req, names) &&
                     X509_REQ_sign(req, key, lc_default_digest(key))
                 ? output_request(req)
                 : LC_FAILED;
  }
  GENERAL_NAMES_free(names);
  X509_NAME_free(name);
  X509_REQ_free(req);
  return status;
}
