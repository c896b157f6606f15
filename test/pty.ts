// Running a command on a terminal, as a person does: Python's pty makes one. Knows no command.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

const PROGRAM = `
import fcntl, os, pty, select, struct, sys, termios
columns, command = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    os.execvp(command[0], command)
sources = [terminal, 0]
while terminal in sources:
    for source in select.select(sources, [], [])[0]:
        try:
            piece = os.read(source, 65536)
        except OSError: # the other side of a terminal has been closed
            piece = b''
        if piece == b'':
            sources.remove(source)
        else:
            os.write(1 if source == terminal else terminal, piece)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
`

export interface OnTerminal {
  /** All that it has written, line ends as LF. */
  readonly text: () => string
  /** Types, as '\x03' for Ctrl-C. */
  readonly type: (keys: string) => void
  readonly exited: Promise<number | null>
}

/** Starts a command on a terminal of its own; it is ended after the test. */
export function startOnTerminal (command: readonly string[], columns: number, env: Readonly<Record<string, string>> = {}): OnTerminal {
  const { NO_COLOR: _, FORCE_COLOR: __, NODE_DISABLE_COLORS: ___, CI: ____, ...own } = process.env
  const child = spawn('python3', ['-c', PROGRAM, String(columns), ...command], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...own, TERM: 'xterm-256color', ...env } })
  onTestFinished(() => { child.kill('SIGKILL') })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', piece => { text += piece })
  return {
    text: () => text.replaceAll('\r\n', '\n'),
    type: keys => { child.stdin.write(keys) },
    exited: once(child, 'close').then(([code]) => code as number | null)
  }
}
