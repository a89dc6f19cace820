// Digests, HMAC, HKDF, AES-GCM, randomness and constant-time comparison.

#include <openssl/aead.h>
#include <openssl/digest.h>
#include <openssl/err.h>
#include <openssl/hkdf.h>
#include <openssl/hmac.h>
#include <openssl/mem.h>
#include <openssl/rand.h>

#include "shim.h"

EXPORT(lc_random) int lc_random(uint8_t *out, size_t len) {
  return RAND_bytes(out, len) ? LC_OK : LC_FAILED;
}

EXPORT(lc_equal) int lc_equal(const uint8_t *a, const uint8_t *b, size_t len) {
  return CRYPTO_memcmp(a, b, len) == 0;
}

EXPORT(lc_digest) int lc_digest(int hash, const uint8_t *data, size_t len, uint8_t *out) {
  const EVP_MD *md = lc_digest_by_id(hash);
  if (md == NULL) {
    return LC_FORBIDDEN;
  }
  return EVP_Digest(data, len, out, NULL, md, NULL) ? LC_OK : LC_FAILED;
}

// A running digest, for data longer than one wants to copy at once.
EXPORT(lc_digest_start) EVP_MD_CTX *lc_digest_start(int hash) {
  const EVP_MD *md = lc_digest_by_id(hash);
  EVP_MD_CTX *ctx = md == NULL ? NULL : EVP_MD_CTX_new();
  if (ctx != NULL && !EVP_DigestInit_ex(ctx, md, NULL)) {
    EVP_MD_CTX_free(ctx);
    return NULL;
  }
  return ctx;
}

EXPORT(lc_digest_add) int lc_digest_add(EVP_MD_CTX *ctx, const uint8_t *data, size_t len) {
  return EVP_DigestUpdate(ctx, data, len) ? LC_OK : LC_FAILED;
}

EXPORT(lc_digest_end) int lc_digest_end(EVP_MD_CTX *ctx, uint8_t *out) {
  const int ok = EVP_DigestFinal_ex(ctx, out, NULL);
  EVP_MD_CTX_free(ctx);
  return ok ? LC_OK : LC_FAILED;
}

EXPORT(lc_hmac) int lc_hmac(int hash, const uint8_t *key, size_t key_len, const uint8_t *data,
                            size_t len, uint8_t *out) {
  const EVP_MD *md = lc_digest_by_id(hash);
  if (md == NULL) {
    return LC_FORBIDDEN;
  }
  return HMAC(md, key, key_len, data, len, out, NULL) != NULL ? LC_OK : LC_FAILED;
}

EXPORT(lc_hkdf) int lc_hkdf(int hash, const uint8_t *secret, size_t secret_len, const uint8_t *salt,
                            size_t salt_len, const uint8_t *info, size_t info_len, uint8_t *out,
                            size_t out_len) {
  const EVP_MD *md = lc_digest_by_id(hash);
  if (md == NULL) {
    return LC_FORBIDDEN;
  }
  return HKDF(out, out_len, md, secret, secret_len, salt, salt_len, info, info_len) ? LC_OK
                                                                                     : LC_FAILED;
}

static int aead_init(EVP_AEAD_CTX *ctx, const uint8_t *key, size_t key_len) {
  const EVP_AEAD *aead = key_len == 32   ? EVP_aead_aes_256_gcm()
                         : key_len == 16 ? EVP_aead_aes_128_gcm()
                                         : NULL;
  if (aead == NULL) {
    return LC_FORBIDDEN;
  }
  return EVP_AEAD_CTX_init(ctx, aead, key, key_len, EVP_AEAD_DEFAULT_TAG_LENGTH, NULL) ? LC_OK
                                                                                       : LC_FAILED;
}

// Writes ciphertext and tag (len + 16 bytes) to |out|. The nonce has 12 bytes.
EXPORT(lc_seal) int lc_seal(const uint8_t *key, size_t key_len, const uint8_t *nonce,
                            const uint8_t *data, size_t len, const uint8_t *aad, size_t aad_len,
                            uint8_t *out) {
  EVP_AEAD_CTX ctx;
  int status = aead_init(&ctx, key, key_len);
  if (status != LC_OK) {
    return status;
  }
  size_t out_len = 0;
  status = EVP_AEAD_CTX_seal(&ctx, out, &out_len, len + 16, nonce, 12, data, len, aad, aad_len)
               ? LC_OK
               : LC_FAILED;
  EVP_AEAD_CTX_cleanup(&ctx);
  return status;
}

// Opposite of lc_seal: |len| counts the tag; writes len - 16 bytes. LC_SIGNATURE when the tag is wrong.
EXPORT(lc_open) int lc_open(const uint8_t *key, size_t key_len, const uint8_t *nonce,
                            const uint8_t *data, size_t len, const uint8_t *aad, size_t aad_len,
                            uint8_t *out) {
  EVP_AEAD_CTX ctx;
  int status = aead_init(&ctx, key, key_len);
  if (status != LC_OK) {
    return status;
  }
  size_t out_len = 0;
  status = EVP_AEAD_CTX_open(&ctx, out, &out_len, len, nonce, 12, data, len, aad, aad_len)
               ? LC_OK
               : LC_SIGNATURE;
  EVP_AEAD_CTX_cleanup(&ctx);
  ERR_clear_error();
  return status;
}
