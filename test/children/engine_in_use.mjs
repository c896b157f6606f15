// Reports what decodes in this process, and that it does.
const { decodeUwsgi, encodeUwsgi, engine, kernel } = await import(process.argv[2])
const decoded = decodeUwsgi(encodeUwsgi([['REQUEST_METHOD', 'GET']])).get('REQUEST_METHOD')
process.stdout.write(JSON.stringify({ engine, kernel, decoded }))
