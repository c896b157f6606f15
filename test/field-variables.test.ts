// The variables of fields that no list has: whatever was remembered or forgotten before, a field becomes its own variable, and what is
// remembered does not hold the heads in memory that it came in.
import { describe, expect, it } from 'vitest'
import { variableOf } from '../src/field_variables.js'
import { decodeHttp } from '../src/index.js'

describe('variableOf', () => {
  it.each([
    ['X-Tenant', 'HTTP_X_TENANT'], ['x-tenant', 'HTTP_X_TENANT'], ['X_Tenant', 'HTTP_X_TENANT'], ['a', 'HTTP_A'], ["!#$%&'*+.^`|~9", "HTTP_!#$%&'*+.^`|~9"],
    ['n'.repeat(64), `HTTP_${'N'.repeat(64)}`], [`${'n-'.repeat(32)}n`, `HTTP_${'N_'.repeat(32)}N`], ['__proto__', 'HTTP___PROTO__'], ['constructor', 'HTTP_CONSTRUCTOR']
  ])('makes of %s %s, each time', (field, variable) => {
    for (let again = 0; again < 3; again++) expect(variableOf(field)).toBe(variable)
  })

  it('gives the right one when more names came than are remembered', () => {
    const fields = Array.from({ length: 2000 }, (_, i) => `X-${i}-Name`)
    for (let round = 0; round < 3; round++) {
      const order = round === 1 ? fields.toReversed() : fields
      expect(order.map(variableOf)).toEqual(order.map(field => `HTTP_${field.toUpperCase().replaceAll('-', '_')}`))
    }
  })
})

describe('environs of heads in ever new orders of fields that no list has', () => {
  it('have the values of their own fields', () => {
    for (let i = 0; i < 3000; i++) {
      const names = [0, 1, 2, 3].map(k => `X-Field-${(i * 7 + k * 131) % 997}`)
      const head = decodeHttp(Buffer.from(`GET / HTTP/1.1\r\nHost: h\r\n${names.map((name, k) => `${name}: ${i}.${k}\r\n`).join('')}\r\n`))!
      const { environ } = head
      names.forEach((name, k) => expect(environ[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`]).toBe(`${i}.${k}`))
      expect(Object.keys(environ).filter(name => name.startsWith('HTTP_X_'))).toHaveLength(4)
    }
  })
})
