// The request-target: its forms, its parts, and its path decoded. Knows no head and no mount policy.
//
//   request-target = origin-form / absolute-form / authority-form / asterisk-form        ; RFC 9112 section 3.2
//   origin-form    = absolute-path [ "?" query ]
//   absolute-form  = ( "http" / "https" ) "://" host [ ":" port ] [ absolute-path ] [ "?" query ]
//   authority-form = host ":" port                                                       ; CONNECT only
//   asterisk-form  = "*"                                                                 ; OPTIONS only
#pragma once
#include "bytes.h"
#include "status.h"

namespace gatewire {

enum class TargetForm : uint8_t { origin, absolute, authority, asterisk };

/// Offsets count from the first byte of the target.
struct RequestTarget {
  TargetForm form;
  uint32_t authority;      // absolute-form: "host" or "host:port"; else empty
  uint32_t authority_end;
  uint32_t path;           // empty for an absolute-form without path, and for asterisk- and authority-form
  uint32_t path_end;
  uint32_t query;          // behind the first "?"; empty when there is none
  uint32_t query_end;
};

/// Splits a target of target bytes (grammar.h). Refused, `offset` counting from its first byte: user information (RFC 9110 section 4.2.4),
/// an empty or malformed host, another scheme, a form that does not belong to the method.
Verdict split_target(Bytes method, Bytes target, RequestTarget& parts);

/// host [ ":" port ] of RFC 3986 section 3.2; the offset of the first byte that does not fit, host.size when all of them do. An empty host
/// does not fit.
size_t check_host(Bytes host);

/// Decodes percent-encoded bytes once; what is no escape stays (RFC 3986 section 2.1). `out` has room for path.size bytes; the result is
/// how many were written.
size_t percent_decode(Bytes path, uint8_t* out);

}  // namespace gatewire
