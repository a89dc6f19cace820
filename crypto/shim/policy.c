// What is allowed: SHA-2, ECDSA and ECDH on P-256 and P-384, RSA of 2048 to 8192 bits (to read).

#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/rsa.h>

#include "shim.h"

const EVP_MD *lc_digest_by_id(int id) {
  switch (id) {
    case 256:
      return EVP_sha256();
    case 384:
      return EVP_sha384();
    case 512:
      return EVP_sha512();
    default:
      return NULL;
  }
}

int lc_key_allowed(const EVP_PKEY *key) {
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_EC: {
      const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(key);
      const int curve = ec == NULL ? 0 : EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
      return curve == NID_X9_62_prime256v1 || curve == NID_secp384r1;
    }
    case EVP_PKEY_RSA: {
      const int bits = EVP_PKEY_bits(key);
      return bits >= 2048 && bits <= 8192;
    }
    default:
      return 0;
  }
}

// Explicit curve parameters are refused even when they describe an allowed curve (RFC 5480): aws-lc would take them.
static int curve_is_named(const X509_PUBKEY *spki) {
  X509_ALGOR *algorithm = NULL;
  int type = V_ASN1_UNDEF;
  const ASN1_OBJECT *object = NULL;
  if (!X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, (X509_PUBKEY *)spki)) {
    return 0;
  }
  X509_ALGOR_get0(&object, &type, NULL, algorithm);
  return OBJ_obj2nid(object) != NID_X9_62_id_ecPublicKey || type == V_ASN1_OBJECT;
}

EVP_PKEY *lc_spki_key(X509_PUBKEY *spki) {
  EVP_PKEY *key = spki == NULL ? NULL : X509_PUBKEY_get0(spki);
  return key != NULL && lc_key_allowed(key) && curve_is_named(spki) ? key : NULL;
}

int lc_signature_allowed(int nid) {
  switch (nid) {
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
      return 1;
    default:
      return 0;
  }
}

const EVP_MD *lc_default_digest(const EVP_PKEY *key) {
  return EVP_PKEY_id(key) == EVP_PKEY_EC && EVP_PKEY_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}
