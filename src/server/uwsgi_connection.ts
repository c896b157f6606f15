// One uwsgi connection: one packet, its content, one response, close. The end of the connection ends the response; what a front end adds
// to it is not ours.
import { RequestDecoder, type RequestHead } from '../index.js'
import type { Service } from './connection.js'
import { methodFault } from './method.js'
import { LAST_CALL, PeerConnection } from './peer_connection.js'
import type { ResponsePlan } from './response.js'
import type { Chunk, Transport } from './transport.js'

export class UwsgiConnection extends PeerConnection {
  #headTime: number

  constructor (transport: Transport, service: Service) {
    super(transport, service, new RequestDecoder(service.decoding))
    this.#headTime = service.times.head
  }

  protected override accept (head: RequestHead): string {
    const method = head.get('REQUEST_METHOD') ?? ''
    const fault = methodFault(head, method)
    if (fault !== undefined) throw fault
    return method
  }

  override frame (plan: ResponsePlan): void {
    plan.head = `${plan.lines.statusLine}${plan.lines.fields}${plan.lengthLine}\r\n`
  }

  override write (chunk: Chunk): boolean {
    return this.phase !== 'exchange' || this.send(chunk)
  }

  override finish (chunk?: Chunk): void {
    if (this.phase !== 'exchange') return
    this.finished()
    this.end(chunk)
  }

  /** The front end has answered Expect. */
  override contentWanted (): void {}

  protected override contentIsDue (): boolean {
    return true
  }

  protected override mayGoOn (): boolean {
    return false
  }

  protected override headTime (): number {
    return this.#headTime
  }

  override leaveIfIdle (): void {}

  override lastCall (): void {
    if (this.phase === 'head' && this.waiting === 0) this.#headTime = Math.min(this.#headTime, this.age + LAST_CALL)
  }
}
