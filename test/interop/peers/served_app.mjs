// A handler for `gatewire serve`: greets, and gives content back as it comes.
export default function handle (request) {
  if (request.get('PATH_INFO') === '/echo') return { status: 200, body: request.content }
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'hello\n' }
}
