// Well-known CGI variable names and their ids. The list is the source: the hash tables are made from it when the core is compiled
// (name_tables.h), and scripts/generate-layout.mjs copies it to src/layout.ts in the same order. Order by what is sent most is not needed.
#pragma once
#include "bytes.h"

namespace gatewire {

// X(name). RFC 3875 section 4.1, nginx's stock uwsgi_params, and the request fields that browsers and proxies send.
#define GATEWIRE_NAMES(X) \
  X(AUTH_TYPE) X(CONTENT_LENGTH) X(CONTENT_TYPE) X(CONTEXT_DOCUMENT_ROOT) X(CONTEXT_PREFIX) X(DOCUMENT_ROOT) X(DOCUMENT_URI) \
  X(GATEWAY_INTERFACE) X(HTTPS) X(PATH) X(PATH_INFO) X(PATH_TRANSLATED) X(QUERY_STRING) X(RAW_URI) X(REDIRECT_STATUS) \
  X(REDIRECT_URI) X(REMOTE_ADDR) X(REMOTE_HOST) X(REMOTE_IDENT) X(REMOTE_PORT) X(REMOTE_USER) X(REQUEST_METHOD) \
  X(REQUEST_SCHEME) X(REQUEST_URI) X(SCRIPT_FILENAME) X(SCRIPT_NAME) X(SERVER_ADDR) X(SERVER_ADMIN) X(SERVER_NAME) \
  X(SERVER_PORT) X(SERVER_PROTOCOL) X(SERVER_SIGNATURE) X(SERVER_SOFTWARE) X(UWSGI_ROUTER) X(UWSGI_SCHEME) \
  X(HTTP_ACCEPT) X(HTTP_ACCEPT_CHARSET) X(HTTP_ACCEPT_ENCODING) X(HTTP_ACCEPT_LANGUAGE) X(HTTP_AUTHORIZATION) \
  X(HTTP_CACHE_CONTROL) X(HTTP_CONNECTION) X(HTTP_CONTENT_LENGTH) X(HTTP_CONTENT_TYPE) X(HTTP_COOKIE) X(HTTP_DATE) X(HTTP_DNT) \
  X(HTTP_EXPECT) X(HTTP_FORWARDED) X(HTTP_HOST) X(HTTP_IF_MATCH) X(HTTP_IF_MODIFIED_SINCE) X(HTTP_IF_NONE_MATCH) \
  X(HTTP_IF_RANGE) X(HTTP_IF_UNMODIFIED_SINCE) X(HTTP_KEEP_ALIVE) X(HTTP_ORIGIN) X(HTTP_PRAGMA) X(HTTP_PRIORITY) \
  X(HTTP_PURPOSE) X(HTTP_RANGE) X(HTTP_REFERER) X(HTTP_SEC_CH_UA) X(HTTP_SEC_CH_UA_MOBILE) X(HTTP_SEC_CH_UA_PLATFORM) \
  X(HTTP_SEC_FETCH_DEST) X(HTTP_SEC_FETCH_MODE) X(HTTP_SEC_FETCH_SITE) X(HTTP_SEC_FETCH_USER) X(HTTP_SEC_WEBSOCKET_KEY) \
  X(HTTP_SEC_WEBSOCKET_PROTOCOL) X(HTTP_SEC_WEBSOCKET_VERSION) X(HTTP_TE) X(HTTP_TRACEPARENT) X(HTTP_TRACESTATE) \
  X(HTTP_TRAILER) X(HTTP_TRANSFER_ENCODING) X(HTTP_UPGRADE) X(HTTP_UPGRADE_INSECURE_REQUESTS) X(HTTP_USER_AGENT) X(HTTP_VIA) \
  X(HTTP_X_CSRF_TOKEN) X(HTTP_X_FORWARDED_FOR) X(HTTP_X_FORWARDED_HOST) X(HTTP_X_FORWARDED_PORT) X(HTTP_X_FORWARDED_PREFIX) \
  X(HTTP_X_FORWARDED_PROTO) X(HTTP_X_FORWARDED_SSL) X(HTTP_X_REAL_IP) X(HTTP_X_REQUESTED_WITH) X(HTTP_X_REQUEST_ID)

/// 0 is "no well-known name"; the others count from 1 in the order of the list.
enum class NameId : uint8_t {
  none = 0,
#define GATEWIRE_NAME(name) name,
  GATEWIRE_NAMES(GATEWIRE_NAME)
#undef GATEWIRE_NAME
  end
};

/// The last eight bytes of a key as one word, zero-padded when it has fewer.
GATEWIRE_INLINE uint64_t key_tail(const uint8_t* key, uint32_t length) {
  if (length >= 8) return load64(key + length - 8);
  uint64_t word = 0;
  for (uint32_t i = 0; i < length; i++) word |= static_cast<uint64_t>(key[i]) << (8 * i);
  return word;
}

/// The same for a key, of at least one byte, with eight bytes or more before it: no branch depends on its length.
GATEWIRE_INLINE uint64_t key_tail_behind(const uint8_t* key, uint32_t length) {
  uint32_t is_short = 0u - static_cast<uint32_t>(length < 8);
  return load64(key + length - 8) >> (is_short & (64 - 8 * length));
}

/// Ids beside those of names. A record with the first one is on the wire, but is no variable.
constexpr NameId kNoVariable = static_cast<NameId>(255);

/// Empty for NameId::none.
Bytes name_of(NameId id);

/// The id of a key, by perfect hash and then an exact compare: NameId::none unless every byte agrees.
NameId find_name(Bytes key);

/// The id of HTTP_ and a field name with its letters in upper case and "-" as "_", when the name itself has no "_"; kNoVariable: the name
/// is "Proxy", whose variable HTTP_PROXY many programs take for the proxy that they should use (CVE-2016-5385); else NameId::none.
NameId find_field_name(Bytes name);

}  // namespace gatewire
