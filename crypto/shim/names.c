// Distinguished names and subject alternative names, between the wire form and aws-lc's types.
//
// Wire form of a name that is written: u16 length, then entries of (u8 attribute, u16 length, UTF-8).
// Wire form of alternative names: u24 length, then entries of (u8 kind, u16 length, text); IP addresses are text
// on the way in and 4 or 16 bytes on the way out.

#include <string.h>

#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/obj.h>
#include <openssl/stack.h>

#include "shim.h"

static int attribute_nid(uint8_t attribute) {
  switch (attribute) {
    case 1:
      return NID_commonName;
    case 2:
      return NID_organizationName;
    case 3:
      return NID_organizationalUnitName;
    default:
      return NID_undef;
  }
}

int lc_read_name(CBS *in, X509_NAME *name) {
  CBS entries, value;
  uint8_t attribute;
  if (!CBS_get_u16_length_prefixed(in, &entries)) {
    return 0;
  }
  while (CBS_len(&entries) > 0) {
    if (!CBS_get_u8(&entries, &attribute) || !CBS_get_u16_length_prefixed(&entries, &value) ||
        !X509_NAME_add_entry_by_NID(name, attribute_nid(attribute), MBSTRING_UTF8, CBS_data(&value),
                                    (ossl_ssize_t)CBS_len(&value), -1, 0)) {
      return 0;
    }
  }
  return 1;
}

static ASN1_OCTET_STRING *address_from_text(CBS *text) {
  char *zero_terminated = NULL;
  if (!CBS_strdup(text, &zero_terminated)) {
    return NULL;
  }
  ASN1_OCTET_STRING *address = a2i_IPADDRESS(zero_terminated);
  OPENSSL_free(zero_terminated);
  return address;
}

static GENERAL_NAME *general_name(uint8_t kind, CBS *value) {
  GENERAL_NAME *name = GENERAL_NAME_new();
  ASN1_STRING *string = NULL;
  if (kind == GEN_IPADD) {
    string = address_from_text(value);
  } else if (kind == GEN_DNS || kind == GEN_URI) {
    string = ASN1_IA5STRING_new();
    if (string != NULL && !ASN1_STRING_set(string, CBS_data(value), (ossl_ssize_t)CBS_len(value))) {
      ASN1_STRING_free(string);
      string = NULL;
    }
  }
  if (name == NULL || string == NULL) {
    ASN1_STRING_free(string);
    GENERAL_NAME_free(name);
    return NULL;
  }
  GENERAL_NAME_set0_value(name, kind, string);
  return name;
}

int lc_read_alternative_names(CBS *in, GENERAL_NAMES **out) {
  CBS entries, value;
  uint8_t kind;
  GENERAL_NAMES *names = GENERAL_NAMES_new();
  int ok = names != NULL && CBS_get_u24_length_prefixed(in, &entries);
  while (ok && CBS_len(&entries) > 0) {
    ok = CBS_get_u8(&entries, &kind) && CBS_get_u16_length_prefixed(&entries, &value);
    GENERAL_NAME *name = ok ? general_name(kind, &value) : NULL;
    ok = name != NULL && sk_GENERAL_NAME_push(names, name);
    if (!ok) {
      GENERAL_NAME_free(name);
    }
  }
  if (!ok) {
    GENERAL_NAMES_free(names);
    return 0;
  }
  *out = names;
  return 1;
}

int lc_write_string(CBB *out, const uint8_t *data, size_t len) {
  CBB child;
  return CBB_add_u24_length_prefixed(out, &child) && CBB_add_bytes(&child, data, len) &&
         CBB_flush(out);
}

static int write_entry(CBB *out, const X509_NAME_ENTRY *entry) {
  const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
  const int nid = OBJ_obj2nid(object);
  char type[80];
  if (nid != NID_undef) {
    OPENSSL_strlcpy(type, OBJ_nid2sn(nid), sizeof(type));
  } else if (OBJ_obj2txt(type, sizeof(type), object, 1) <= 0) {
    return 0;
  }
  uint8_t *utf8 = NULL;
  const int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
  if (len < 0) {
    return 0;
  }
  const int ok = lc_write_string(out, (const uint8_t *)type, strlen(type)) &&
                 lc_write_string(out, utf8, (size_t)len);
  OPENSSL_free(utf8);
  return ok;
}

// u24 length, then entries of (u24 length, attribute, u24 length, UTF-8 value).
int lc_write_name(CBB *out, const X509_NAME *name) {
  CBB entries;
  if (!CBB_add_u24_length_prefixed(out, &entries)) {
    return 0;
  }
  for (int i = 0; i < X509_NAME_entry_count(name); i++) {
    if (!write_entry(&entries, X509_NAME_get_entry(name, i))) {
      return 0;
    }
  }
  return CBB_flush(out);
}

// u24 length, then entries of (u8 kind, u24 length, bytes); kinds other than DNS, URI and IP are left out.
int lc_write_alternative_names(CBB *out, const GENERAL_NAMES *names) {
  CBB entries;
  if (!CBB_add_u24_length_prefixed(out, &entries)) {
    return 0;
  }
  for (size_t i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
    int kind = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &kind);
    if (kind != GEN_DNS && kind != GEN_URI && kind != GEN_IPADD) {
      continue;
    }
    if (!CBB_add_u8(&entries, (uint8_t)kind) ||
        !lc_write_string(&entries, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value))) {
      return 0;
    }
  }
  return CBB_flush(out);
}

// u16 bits (0: an algorithm that is not allowed), u8 1 for an elliptic curve, name of the algorithm.
int lc_write_key_name(CBB *out, X509_PUBKEY *spki) {
  EVP_PKEY *key = X509_PUBKEY_get0(spki);
  const int allowed = lc_spki_key(spki) != NULL;
  const int nid = key == NULL ? NID_undef : EVP_PKEY_id(key);
  const char *name = nid == NID_undef ? "unknown" : OBJ_nid2ln(nid);
  return CBB_add_u16(out, allowed ? (uint16_t)EVP_PKEY_bits(key) : 0) &&
         CBB_add_u8(out, key != NULL && nid == EVP_PKEY_EC) &&
         lc_write_string(out, (const uint8_t *)name, strlen(name));
}
