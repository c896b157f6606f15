// A unix socket whose server was killed: the file is still there, and nobody accepts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const SCRIPT = "require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))"

export async function leaveSocketBehind (file: string): Promise<void> {
  const child = spawn(process.execPath, ['-e', SCRIPT, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
}
