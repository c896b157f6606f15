// A handler for `gatewire serve`: greets, and gives content back as it comes.
export default function handle ({ content, get }) {
  if (get('PATH_INFO') === '/echo') return { status: 200, body: content }
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'hello\n' }
}
