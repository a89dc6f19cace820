// Memory that crosses the border: input buffers, the output buffer, errors, self-test and version.

#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/pem.h>

#include "shim.h"

static uint8_t *g_output = NULL;
static size_t g_output_len = 0;

// OPENSSL_malloc remembers the size, so that lc_free overwrites the bytes.
EXPORT(lc_alloc) void *lc_alloc(size_t len) { return OPENSSL_malloc(len == 0 ? 1 : len); }
EXPORT(lc_free) void lc_free(void *p) { OPENSSL_free(p); }

EXPORT(lc_output_ptr) const uint8_t *lc_output_ptr(void) { return g_output; }
EXPORT(lc_output_len) size_t lc_output_len(void) { return g_output_len; }
EXPORT(lc_output_drop) void lc_output_drop(void) {
  OPENSSL_free(g_output);
  g_output = NULL;
  g_output_len = 0;
}

int lc_output_bytes(const uint8_t *data, size_t len) {
  lc_output_drop();
  g_output = OPENSSL_malloc(len == 0 ? 1 : len);
  if (g_output == NULL) {
    return LC_FAILED;
  }
  if (len != 0) {
    memcpy(g_output, data, len);
  }
  g_output_len = len;
  return LC_OK;
}

int lc_output_cbb(CBB *cbb) {
  lc_output_drop();
  if (!CBB_finish(cbb, &g_output, &g_output_len)) {
    CBB_cleanup(cbb);
    return LC_FAILED;
  }
  return LC_OK;
}

int lc_output_pem(const char *label, const uint8_t *der, size_t len) {
  BIO *bio = BIO_new(BIO_s_mem());
  const uint8_t *data = NULL;
  size_t data_len = 0;
  int ok = LC_FAILED;
  if (bio != NULL && PEM_write_bio(bio, label, "", der, (long)len) > 0 &&
      BIO_mem_contents(bio, &data, &data_len)) {
    ok = lc_output_bytes(data, data_len);
  }
  BIO_free(bio);
  return ok;
}

// Puts the oldest queued error in words to the output and empties the queue.
EXPORT(lc_take_error) void lc_take_error(void) {
  const uint32_t err = ERR_get_error();
  const char *reason = err == 0 ? NULL : ERR_reason_error_string(err);
  if (reason == NULL) {
    reason = "";
  }
  lc_output_bytes((const uint8_t *)reason, strlen(reason));
  ERR_clear_error();
}

EXPORT(lc_self_test) int lc_self_test(void) { return BORINGSSL_self_test(); }
EXPORT(lc_fips_mode) int lc_fips_mode(void) { return FIPS_mode(); }
EXPORT(lc_version) int lc_version(void) {
  const char *version = OpenSSL_version(OPENSSL_VERSION);
  return lc_output_bytes((const uint8_t *)version, strlen(version));
}

// Overwrites what earlier calls left below the current stack pointer (intermediate values of key operations).
#define WIPED_STACK (48 * 1024)
EXPORT(lc_wipe_stack) __attribute__((noinline)) void lc_wipe_stack(void) {
  uint8_t used[WIPED_STACK];
  OPENSSL_cleanse(used, sizeof(used));
  __asm__ __volatile__("" : : "r"(used) : "memory");
}
