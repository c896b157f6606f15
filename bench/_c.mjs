import assert from 'node:assert/strict'
import * as c from './node/plain_http.mjs'
import { mixedHeads, specialHeads, distinctOrders } from './inputs/http.mjs'
for (const i of [mixedHeads(), ...specialHeads(), distinctOrders(1000)]) for (const k of Object.keys(c)) i.heads.forEach((h,n)=>assert.deepEqual(c[k](h), i.plainEnvirons[n], k+' '+i.name))
const m = mixedHeads()
const res = Array(64)
for (let r=0;r<3;r++) for (const k of Object.keys(c)) { const t=performance.now(); for (let j=0;j<40;j++) for (let i=0;i<m.heads.length;i++) res[i&63]=c[k](m.heads[i]); console.log(k, ((performance.now()-t)/40/512*1e6).toFixed(0)) }
