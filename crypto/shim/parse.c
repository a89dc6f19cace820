// Certificates and requests that are read. Their bytes come from outside: nothing here trusts them.

#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/pem.h>
#include <openssl/stack.h>

#include "shim.h"

X509 *lc_certificate_from_pem(const uint8_t *pem, size_t len) {
  BIO *bio = BIO_new_mem_buf(pem, (long)len);
  X509 *cert = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
  BIO_free(bio);
  return cert;
}

static int write_octets(CBB *out, const ASN1_STRING *string) {
  if (string == NULL) {
    return lc_write_string(out, NULL, 0);
  }
  return lc_write_string(out, ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

// Content bytes of the INTEGER, so that a serial number keeps the form others print.
static int write_serial(CBB *out, const X509 *cert) {
  BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
  if (number == NULL) {
    return 0;
  }
  CBB child;
  uint8_t *bytes;
  const size_t len = BN_num_bytes(number);
  const int ok = CBB_add_u24_length_prefixed(out, &child) && CBB_add_space(&child, &bytes, len) &&
                 BN_bn2bin_padded(bytes, len, number) && CBB_flush(out);
  BN_free(number);
  return ok;
}

static int write_times(CBB *out, const X509 *cert) {
  int64_t not_before, not_after;
  return ASN1_TIME_to_posix(X509_get0_notBefore(cert), &not_before) &&
         ASN1_TIME_to_posix(X509_get0_notAfter(cert), &not_after) &&
         CBB_add_u64(out, (uint64_t)not_before) && CBB_add_u64(out, (uint64_t)not_after);
}

// u8 CA, u16 path length + 1 (0: none), u16 key usage bits, u8 extended usages (1 server, 2 client).
static int write_usages(CBB *out, X509 *cert) {
  const uint32_t flags = X509_get_extension_flags(cert);
  if (flags & EXFLAG_INVALID) {
    return 0;
  }
  const long path_length = X509_get_pathlen(cert);
  const uint32_t purposes = (flags & EXFLAG_XKUSAGE) ? X509_get_extended_key_usage(cert) : 0;
  const uint32_t usage = (flags & EXFLAG_KUSAGE) ? X509_get_key_usage(cert) : 0;
  return CBB_add_u8(out, (flags & EXFLAG_CA) != 0) &&
         CBB_add_u16(out, path_length < 0 || path_length > 0xfffe ? 0 : (uint16_t)(path_length + 1)) &&
         CBB_add_u16(out, (uint16_t)usage) &&
         CBB_add_u8(out, ((purposes & XKU_SSL_SERVER) ? 1 : 0) | ((purposes & XKU_SSL_CLIENT) ? 2 : 0));
}

static int write_alternative_names(CBB *out, const X509 *cert) {
  int critical = 0;
  GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
  if (names == NULL && critical != -1) {
    return 0;  // there, but malformed or twice
  }
  const int ok = lc_write_alternative_names(out, names);
  GENERAL_NAMES_free(names);
  return ok;
}

static int write_der(CBB *out, X509 *cert) {
  uint8_t *der = NULL;
  const int len = i2d_X509(cert, &der);
  if (len <= 0) {
    return 0;
  }
  const int ok = lc_write_string(out, der, (size_t)len);
  OPENSSL_free(der);
  return ok;
}

static int write_signature_name(CBB *out, const X509 *cert) {
  const int nid = X509_get_signature_nid(cert);
  const char *name = nid == NID_undef ? "unknown" : OBJ_nid2ln(nid);
  return lc_write_string(out, (const uint8_t *)name, strlen(name));
}

static int write_certificate(CBB *out, X509 *cert) {
  return CBB_add_u8(out, (uint8_t)(X509_get_version(cert) + 1)) && write_serial(out, cert) &&
         write_times(out, cert) && write_usages(out, cert) &&
         lc_write_name(out, X509_get_subject_name(cert)) &&
         lc_write_name(out, X509_get_issuer_name(cert)) && write_alternative_names(out, cert) &&
         write_octets(out, X509_get0_subject_key_id(cert)) &&
         write_octets(out, X509_get0_authority_key_id(cert)) && write_signature_name(out, cert) &&
         lc_write_key_name(out, X509_get_X509_PUBKEY(cert)) && write_der(out, cert);
}

// Reads the first certificate of |pem|; its fields go to the output.
EXPORT(lc_certificate_parse) int lc_certificate_parse(const uint8_t *pem, size_t len) {
  X509 *cert = lc_certificate_from_pem(pem, len);
  if (cert == NULL) {
    return LC_INVALID;
  }
  CBB cbb;
  int status = LC_INVALID;
  if (CBB_init(&cbb, 2048) && write_certificate(&cbb, cert)) {
    status = lc_output_cbb(&cbb);
  } else {
    CBB_cleanup(&cbb);
  }
  X509_free(cert);
  if (status == LC_OK) {
    ERR_clear_error();  // an unknown key algorithm queues an error that is no failure here
  }
  return status;
}

EXPORT(lc_certificate_key) EVP_PKEY *lc_certificate_key(const uint8_t *pem, size_t len) {
  X509 *cert = lc_certificate_from_pem(pem, len);
  EVP_PKEY *key = lc_public_handle(cert == NULL ? NULL : X509_get_X509_PUBKEY(cert));
  X509_free(cert);
  return key;
}

// The SubjectPublicKeyInfo of a request, which aws-lc does not hand out: the third field of its first field.
static X509_PUBKEY *request_spki(X509_REQ *req) {
  uint8_t *der = NULL;
  const int len = i2d_X509_REQ(req, &der);
  X509_PUBKEY *spki = NULL;
  CBS in, request, info, field;
  CBS_init(&in, der, len <= 0 ? 0 : (size_t)len);
  if (CBS_get_asn1(&in, &request, CBS_ASN1_SEQUENCE) &&
      CBS_get_asn1(&request, &info, CBS_ASN1_SEQUENCE) &&
      CBS_get_asn1(&info, &field, CBS_ASN1_INTEGER) &&
      CBS_get_asn1(&info, &field, CBS_ASN1_SEQUENCE) &&
      CBS_get_asn1_element(&info, &field, CBS_ASN1_SEQUENCE)) {
    const uint8_t *p = CBS_data(&field);
    spki = d2i_X509_PUBKEY(NULL, &p, (long)CBS_len(&field));
  }
  OPENSSL_free(der);
  return spki;
}

// A request whose key is allowed and whose signature holds, and its key; or NULL with |status| set.
static X509_REQ *checked_request(const uint8_t *pem, size_t len, X509_PUBKEY **spki,
                                 int *status) {
  BIO *bio = BIO_new_mem_buf(pem, (long)len);
  X509_REQ *req = bio == NULL ? NULL : PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
  BIO_free(bio);
  *spki = req == NULL ? NULL : request_spki(req);
  EVP_PKEY *key = lc_spki_key(*spki);
  if (*spki == NULL || X509_PUBKEY_get0(*spki) == NULL) {
    *status = LC_INVALID;
  } else if (key == NULL || !lc_signature_allowed(X509_REQ_get_signature_nid(req))) {
    *status = LC_FORBIDDEN;
  } else if (X509_REQ_verify(req, key) != 1) {
    *status = LC_SIGNATURE;
  } else {
    *status = LC_OK;
    return req;
  }
  X509_PUBKEY_free(*spki);
  X509_REQ_free(req);
  *spki = NULL;
  return NULL;
}

static int write_requested_names(CBB *out, const X509_REQ *req) {
  STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(req);
  int critical = -1;
  GENERAL_NAMES *names =
      extensions == NULL ? NULL : X509V3_get_d2i(extensions, NID_subject_alt_name, &critical, NULL);
  const int ok = (names != NULL || critical == -1) && lc_write_alternative_names(out, names);
  GENERAL_NAMES_free(names);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  return ok;
}

// Reads a PKCS#10 request and checks its signature; its fields go to the output.
EXPORT(lc_request_parse) int lc_request_parse(const uint8_t *pem, size_t len) {
  int status;
  X509_PUBKEY *spki;
  X509_REQ *req = checked_request(pem, len, &spki, &status);
  if (req == NULL) {
    return status;
  }
  CBB cbb;
  if (CBB_init(&cbb, 512) && lc_write_name(&cbb, X509_REQ_get_subject_name(req)) &&
      write_requested_names(&cbb, req) && lc_write_key_name(&cbb, spki)) {
    status = lc_output_cbb(&cbb);
  } else {
    CBB_cleanup(&cbb);
    status = LC_INVALID;
  }
  X509_PUBKEY_free(spki);
  X509_REQ_free(req);
  return status;
}

// The public key of a request, under the same conditions as lc_request_parse.
EXPORT(lc_request_key) EVP_PKEY *lc_request_key(const uint8_t *pem, size_t len) {
  int status;
  X509_PUBKEY *spki;
  X509_REQ *req = checked_request(pem, len, &spki, &status);
  lc_set_reason(status);
  EVP_PKEY *key = req == NULL ? NULL : lc_public_handle(spki);
  X509_PUBKEY_free(spki);
  X509_REQ_free(req);
  return key;
}
