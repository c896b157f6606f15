// The functions of the server's native transport, on a SocketTable. They know no protocol; all but openSockets take the number of a socket
// first, and return zero or more, or a negative error number of the system.
#pragma once
#include <node_api.h>

namespace gatewire {

#if defined(__linux__)
/// openSockets(turn): a Uint32Array, or an error number. `turn(count)` is called when so many words of it say what can be done. Undefined
/// where the runtime has no event loop that addons can wait on.
napi_value open_sockets_call(napi_env env, napi_callback_info info);
/// keepAlive(count): so many listeners keep the process alive, besides every connection.
napi_value keep_alive_call(napi_env env, napi_callback_info info);
/// listenUnix(path, backlog, mode or -1): the number of a listener.
napi_value listen_unix_call(napi_env env, napi_callback_info info);
/// adoptListener(descriptor): the number of a listener that uses a copy of the descriptor.
napi_value adopt_listener_call(napi_env env, napi_callback_info info);
/// setAccepting(listener, 0 or 1)
napi_value set_accepting_call(napi_env env, napi_callback_info info);
/// acceptConnection(listener): the number of a connection.
napi_value accept_connection_call(napi_env env, napi_callback_info info);
/// watchConnection(connection)
napi_value watch_connection_call(napi_env env, napi_callback_info info);
/// receive(connection, memory, at): how many bytes stand in the Uint8Array from `at` on; 0: the peer sends nothing more.
napi_value receive_call(napi_env env, napi_callback_info info);
/// sendText(connection, text): 0: the system has taken all; 1: not yet. Characters above U+00FF lose their upper bits.
napi_value send_text_call(napi_env env, napi_callback_info info);
/// sendBytes(connection, bytes): the same.
napi_value send_bytes_call(napi_env env, napi_callback_info info);
/// shutDown(connection)
napi_value shut_down_call(napi_env env, napi_callback_info info);
/// closeSocket(socket, 1 to reset it)
napi_value close_socket_call(napi_env env, napi_callback_info info);
/// remoteName(connection), localName(connection): 'address port', or undefined for a unix socket.
napi_value remote_name_call(napi_env env, napi_callback_info info);
napi_value local_name_call(napi_env env, napi_callback_info info);
#endif

}  // namespace gatewire
