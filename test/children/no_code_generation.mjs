// Run with --disallow-code-generation-from-strings: every environ, as often as its shape may be seen, as entries and with what it
// inherits. Reports the environs, and whether code generation really was off.
const { decodeUwsgi, encodeUwsgi } = await import(process.argv[2])

let generated = true
try { new Function('return 1') } catch { generated = false }

const shapes = [
  [['REQUEST_METHOD', 'GET'], ['PATH_INFO', '/'], ['HTTP_X_A', 'a']],
  [['__proto__', 'p'], ['constructor', 'c'], ['0', 'zero'], ['"\\', 'quoted'], ['\xFF\0\n', 'odd']],
  [['HTTP_A', '1'], ['HTTP_A', '2'], ['HTTP_COOKIE', 'a'], ['HTTP_COOKIE', 'b'], ['PATH_INFO', 'x'], ['PATH_INFO', 'y']]
]
const environs = shapes.map(vars => {
  const packet = encodeUwsgi(vars)
  return Array.from({ length: 300 }, () => {
    const { environ } = decodeUwsgi(packet)
    const prototype = Object.getPrototypeOf(environ)
    return { entries: Object.entries(environ),
      bare: prototype === null || (Object.getPrototypeOf(prototype) === null && Reflect.ownKeys(prototype).length === 0) }
  }).filter((environ, i, all) => i === 0 || JSON.stringify(environ) !== JSON.stringify(all[0])) // the first one, and those that differ
})
process.stdout.write(JSON.stringify({ generated, environs }))
