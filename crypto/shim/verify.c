// Checking a certificate up to trusted roots, by aws-lc's path validation and then our list of algorithms.

#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/stack.h>

#include "shim.h"

#define MAX_CERTIFICATES 64

// Every certificate of |pem|, or NULL when there is none, too many, or one that cannot be read.
static STACK_OF(X509) *read_all(const uint8_t *pem, size_t len) {
  BIO *bio = BIO_new_mem_buf(pem, (long)len);
  STACK_OF(X509) *all = sk_X509_new_null();
  X509 *cert = NULL;
  int ok = bio != NULL && all != NULL;
  while (ok && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
    if (sk_X509_num(all) >= MAX_CERTIFICATES || !sk_X509_push(all, cert)) {
      X509_free(cert);
      ok = 0;
    }
  }
  const uint32_t last = ERR_peek_last_error();
  const int at_end =
      ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  BIO_free(bio);
  ERR_clear_error();
  if (!ok || !at_end || sk_X509_num(all) == 0) {
    sk_X509_pop_free(all, X509_free);
    return NULL;
  }
  return all;
}

static int add_roots(X509_STORE *store, STACK_OF(X509) *roots) {
  for (size_t i = 0; i < sk_X509_num(roots); i++) {
    if (!X509_STORE_add_cert(store, sk_X509_value(roots, i))) {
      return 0;
    }
  }
  return 1;
}

static int set_conditions(X509_STORE_CTX *ctx, int usage, const char *host, int is_address,
                          double at_seconds) {
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
  X509_VERIFY_PARAM_set_time_posix(param, (int64_t)at_seconds);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (usage == 1 && !X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER)) {
    return 0;
  }
  if (usage == 2 && !X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_CLIENT)) {
    return 0;
  }
  if (host == NULL || *host == 0) {
    return 1;
  }
  return is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, host)
                    : X509_VERIFY_PARAM_set1_host(param, host, strlen(host));
}

// Position of the first certificate that uses an algorithm that is not allowed, or -1.
static int forbidden_depth(X509_STORE_CTX *ctx) {
  STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
  for (size_t i = 0; i < sk_X509_num(chain); i++) {
    X509 *cert = sk_X509_value(chain, i);
    if (lc_spki_key(X509_get_X509_PUBKEY(cert)) == NULL ||
        !lc_signature_allowed(X509_get_signature_nid(cert))) {
      return (int)i;
    }
  }
  return -1;
}

// u8 depth, then the reason as text.
static int output_refusal(int depth, const char *reason) {
  CBB cbb;
  if (CBB_init(&cbb, 64) && CBB_add_u8(&cbb, (uint8_t)depth) &&
      CBB_add_bytes(&cbb, (const uint8_t *)reason, strlen(reason))) {
    return lc_output_cbb(&cbb) == LC_OK ? LC_NO : LC_FAILED;
  }
  CBB_cleanup(&cbb);
  return LC_FAILED;
}

static int run(X509_STORE *store, STACK_OF(X509) *chain, int usage, const char *host, int is_address,
               double at_seconds) {
  X509_STORE_CTX *ctx = X509_STORE_CTX_new();
  int status = LC_FAILED;
  if (ctx != NULL && X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain)) {
    if (!set_conditions(ctx, usage, host, is_address, at_seconds)) {
      status = LC_INVALID;
    } else if (X509_verify_cert(ctx) != 1) {
      status = output_refusal(X509_STORE_CTX_get_error_depth(ctx),
                              X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    } else {
      const int depth = forbidden_depth(ctx);
      status = depth < 0 ? LC_OK : output_refusal(depth, "algorithm or key size is not allowed");
    }
  }
  X509_STORE_CTX_free(ctx);
  return status;
}

// |usage|: 0 any, 1 server, 2 client. |host|: zero-terminated, empty for any. LC_NO puts the reason in the output.
EXPORT(lc_chain_verify) int lc_chain_verify(const uint8_t *pem, size_t len, const uint8_t *roots_pem,
                                            size_t roots_len, int usage, const char *host,
                                            int is_address, double at_seconds) {
  STACK_OF(X509) *chain = read_all(pem, len);
  STACK_OF(X509) *roots = read_all(roots_pem, roots_len);
  X509_STORE *store = X509_STORE_new();
  int status = LC_INVALID;
  if (chain != NULL && roots != NULL && store != NULL && add_roots(store, roots)) {
    status = run(store, chain, usage, host, is_address, at_seconds);
  }
  ERR_clear_error();
  X509_STORE_free(store);
  sk_X509_pop_free(roots, X509_free);
  sk_X509_pop_free(chain, X509_free);
  return status;
}
