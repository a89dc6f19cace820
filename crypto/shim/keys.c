// Key handles: generate, import, export, sign, verify, agree.

#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "shim.h"

static int g_reason = LC_OK;

void lc_set_reason(int reason) { g_reason = reason; }

// Why the last function that returns a handle returned 0.
EXPORT(lc_reason) int lc_reason(void) { return g_reason; }

static EVP_PKEY *refuse(EVP_PKEY *key, int reason) {
  EVP_PKEY_free(key);
  g_reason = reason;
  return NULL;
}

EXPORT(lc_key_free) void lc_key_free(EVP_PKEY *key) { EVP_PKEY_free(key); }

// 256 or 384 for the curves, the modulus size for RSA.
EXPORT(lc_key_bits) int lc_key_bits(const EVP_PKEY *key) { return EVP_PKEY_bits(key); }
EXPORT(lc_key_is_ec) int lc_key_is_ec(const EVP_PKEY *key) {
  return EVP_PKEY_id(key) == EVP_PKEY_EC;
}

// The generator includes a pairwise consistency test.
EXPORT(lc_key_generate) EVP_PKEY *lc_key_generate(int bits) {
  const int nid = bits == 256 ? NID_X9_62_prime256v1 : bits == 384 ? NID_secp384r1 : 0;
  if (nid == 0) {
    return refuse(NULL, LC_FORBIDDEN);
  }
  EC_KEY *ec = EC_KEY_new_by_curve_name(nid);
  EVP_PKEY *key = EVP_PKEY_new();
  if (ec == NULL || key == NULL || !EC_KEY_generate_key_fips(ec) ||
      !EVP_PKEY_assign_EC_KEY(key, ec)) {
    EC_KEY_free(ec);
    return refuse(key, LC_FAILED);
  }
  return key;
}

// Never asks: an encrypted key is refused, not decrypted.
static int no_password(char *buf, int size, int rwflag, void *u) {
  (void)buf, (void)size, (void)rwflag, (void)u;
  return -1;
}

static int consistent(const EVP_PKEY *key) {
  const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(key);
  if (ec != NULL) {
    return EC_KEY_check_key(ec);
  }
  const RSA *rsa = EVP_PKEY_get0_RSA(key);
  return rsa != NULL && RSA_check_key(rsa);
}

EXPORT(lc_key_import) EVP_PKEY *lc_key_import(const uint8_t *pem, size_t len) {
  BIO *bio = BIO_new_mem_buf(pem, (long)len);
  EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
  BIO_free(bio);
  if (key == NULL) {
    return refuse(NULL, LC_INVALID);
  }
  if (!lc_key_allowed(key)) {
    return refuse(key, LC_FORBIDDEN);
  }
  return consistent(key) ? key : refuse(key, LC_INVALID);
}

EXPORT(lc_key_import_public) EVP_PKEY *lc_key_import_public(const uint8_t *pem, size_t len) {
  BIO *bio = BIO_new_mem_buf(pem, (long)len);
  uint8_t *der = NULL;
  long der_len = 0;
  X509_PUBKEY *spki = NULL;
  if (bio != NULL &&
      PEM_bytes_read_bio(&der, &der_len, NULL, PEM_STRING_PUBLIC, bio, no_password, NULL)) {
    const uint8_t *p = der;
    spki = d2i_X509_PUBKEY(NULL, &p, der_len);
    if (spki != NULL && p != der + der_len) {
      X509_PUBKEY_free(spki);
      spki = NULL;
    }
  }
  BIO_free(bio);
  OPENSSL_free(der);
  EVP_PKEY *key = lc_public_handle(spki);
  X509_PUBKEY_free(spki);
  return key;
}

EVP_PKEY *lc_public_handle(X509_PUBKEY *spki) {
  EVP_PKEY *key = lc_spki_key(spki);
  if (key == NULL) {
    const int readable = spki != NULL && X509_PUBKEY_get0(spki) != NULL;
    return refuse(NULL, readable ? LC_FORBIDDEN : LC_INVALID);
  }
  EVP_PKEY_up_ref(key);
  return key;
}

// The public half as a key of its own, without the private bytes.
EXPORT(lc_key_public) EVP_PKEY *lc_key_public(const EVP_PKEY *key) {
  uint8_t *der = NULL;
  const int len = i2d_PUBKEY(key, &der);
  if (len <= 0) {
    return refuse(NULL, LC_FAILED);
  }
  const uint8_t *p = der;
  EVP_PKEY *half = d2i_PUBKEY(NULL, &p, len);
  OPENSSL_free(der);
  return half != NULL ? half : refuse(NULL, LC_FAILED);
}

EXPORT(lc_key_export) int lc_key_export(const EVP_PKEY *key) {
  CBB cbb;
  uint8_t *der = NULL;
  size_t len = 0;
  if (!CBB_init(&cbb, 256) || !EVP_marshal_private_key(&cbb, key) || !CBB_finish(&cbb, &der, &len)) {
    CBB_cleanup(&cbb);
    return LC_FAILED;
  }
  const int status = lc_output_pem("PRIVATE KEY", der, len);
  OPENSSL_free(der);
  return status;
}

EXPORT(lc_key_export_public) int lc_key_export_public(const EVP_PKEY *key, int pem) {
  uint8_t *der = NULL;
  const int len = i2d_PUBKEY(key, &der);
  if (len <= 0) {
    return LC_FAILED;
  }
  const int status = pem ? lc_output_pem("PUBLIC KEY", der, (size_t)len) : lc_output_bytes(der, (size_t)len);
  OPENSSL_free(der);
  return status;
}

static size_t field_bytes(const EVP_PKEY *key) { return (size_t)(EVP_PKEY_bits(key) + 7) / 8; }

// DER signature to r || s, each padded to the size of the field.
static int output_raw(const EVP_PKEY *key, const uint8_t *der, size_t len) {
  uint8_t raw[96];
  const size_t n = field_bytes(key);
  ECDSA_SIG *sig = ECDSA_SIG_from_bytes(der, len);
  int status = LC_FAILED;
  if (sig != NULL && BN_bn2bin_padded(raw, n, ECDSA_SIG_get0_r(sig)) &&
      BN_bn2bin_padded(raw + n, n, ECDSA_SIG_get0_s(sig))) {
    status = lc_output_bytes(raw, 2 * n);
  }
  ECDSA_SIG_free(sig);
  return status;
}

EXPORT(lc_key_sign) int lc_key_sign(EVP_PKEY *key, int hash, int raw, const uint8_t *data, size_t len) {
  uint8_t sig[1024];  // RSA-8192 has the longest
  size_t sig_len = sizeof(sig);
  const EVP_MD *md = hash == 0 ? lc_default_digest(key) : lc_digest_by_id(hash);
  if (md == NULL || (raw && EVP_PKEY_id(key) != EVP_PKEY_EC)) {
    return LC_FORBIDDEN;
  }
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  int status = LC_FAILED;
  if (ctx != NULL && EVP_DigestSignInit(ctx, NULL, md, NULL, key) &&
      EVP_DigestSign(ctx, sig, &sig_len, data, len)) {
    status = raw ? output_raw(key, sig, sig_len) : lc_output_bytes(sig, sig_len);
  }
  EVP_MD_CTX_free(ctx);
  return status;
}

// r || s to a DER signature that the caller frees; NULL when the length is wrong.
static uint8_t *raw_to_der(const EVP_PKEY *key, const uint8_t *raw, size_t len, size_t *out_len) {
  const size_t n = field_bytes(key);
  if (len != 2 * n) {
    return NULL;
  }
  ECDSA_SIG *sig = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn(raw, n, NULL);
  BIGNUM *s = BN_bin2bn(raw + n, n, NULL);
  uint8_t *der = NULL;
  if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s)) {
    r = s = NULL;
    if (!ECDSA_SIG_to_bytes(&der, out_len, sig)) {
      der = NULL;
    }
  }
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(sig);
  return der;
}

EXPORT(lc_key_verify) int lc_key_verify(EVP_PKEY *key, int hash, int raw, const uint8_t *data,
                                        size_t len, const uint8_t *sig, size_t sig_len) {
  const EVP_MD *md = hash == 0 ? lc_default_digest(key) : lc_digest_by_id(hash);
  if (md == NULL || (raw && EVP_PKEY_id(key) != EVP_PKEY_EC)) {
    return LC_FORBIDDEN;
  }
  uint8_t *der = NULL;
  if (raw) {
    der = raw_to_der(key, sig, sig_len, &sig_len);
    if (der == NULL) {
      ERR_clear_error();
      return LC_NO;
    }
    sig = der;
  }
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  int status = LC_FAILED;
  if (ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key)) {
    status = EVP_DigestVerify(ctx, sig, sig_len, data, len) == 1 ? LC_OK : LC_NO;
  }
  EVP_MD_CTX_free(ctx);
  OPENSSL_free(der);
  if (status != LC_FAILED) {
    ERR_clear_error();
  }
  return status;
}

EXPORT(lc_key_agree) int lc_key_agree(EVP_PKEY *key, EVP_PKEY *peer) {
  uint8_t shared[48];
  size_t len = sizeof(shared);
  if (EVP_PKEY_id(key) != EVP_PKEY_EC || EVP_PKEY_id(peer) != EVP_PKEY_EC ||
      EVP_PKEY_bits(key) != EVP_PKEY_bits(peer)) {
    return LC_MISMATCH;
  }
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
  int status = LC_FAILED;
  if (ctx != NULL && EVP_PKEY_derive_init(ctx) && EVP_PKEY_derive_set_peer(ctx, peer) &&
      EVP_PKEY_derive(ctx, shared, &len)) {
    status = lc_output_bytes(shared, len);
  }
  OPENSSL_cleanse(shared, sizeof(shared));
  EVP_PKEY_CTX_free(ctx);
  return status;
}
