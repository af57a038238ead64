/**
 * The shapes that this page works with: the contract `certwhy/diagnosis/1` (src/report/answer.rs) and what an engine
 * offers. Types only; there is no code here.
 *
 * @typedef {object} Answer
 * @property {'certwhy/diagnosis/1'} schema
 * @property {Cause[]} causes ranked, best first; empty when nothing wrong was found
 * @property {number} none_probability
 * @property {Symptom[]} symptoms
 * @property {Incident[]} incidents
 * @property {Past[]} history
 * @property {Check[]} next_checks
 * @property {Unexplained[]} unexplained
 * @property {Input[]} inputs
 * @property {boolean} partial
 * @property {{name: string, version: string}[]} packs
 *
 * @typedef {object} Cause
 * @property {string} id
 * @property {string} title
 * @property {string} stage
 * @property {number} probability 0 to 1
 * @property {string} confidence
 * @property {number} prior_db
 * @property {number} odds_db
 * @property {string} summary
 * @property {Evidence[]} evidence strongest first
 * @property {{signal: string, weight_db: number, reason: string}[]} against
 * @property {{steps: Step[], verify: Step[]}} fix
 * @property {{id: string, title?: string, tell: string}[]} looks_like
 * @property {string[]} [symptoms] ids of the symptoms that it brings about
 * @property {string} article
 *
 * @typedef {object} Evidence
 * @property {string} signal
 * @property {string} title
 * @property {number} weight_db
 * @property {string} strength
 * @property {string} file
 * @property {number | null} line from 1
 * @property {string | null} time
 * @property {string} excerpt
 * @property {{start: number, end: number}} [marked] the part that decided, in characters (code points)
 * @property {Record<string, string>} values
 * @property {number} count
 *
 * @typedef {object} Step
 * @property {string} do
 * @property {number} minutes
 * @property {string} risk
 * @property {Record<string, string[]>} commands by platform: `linux`, `windows`, `any`
 *
 * @typedef {{id: string, title: string, guides: string[]}} Symptom
 *
 * @typedef {object} Incident
 * @property {string} kind
 * @property {string} subject
 * @property {string | null} from
 * @property {string | null} to
 * @property {{id: string, title: string, probability: number, confidence: string, proof: string}[]} causes
 *
 * @typedef {object} Past
 * @property {string} signal
 * @property {string} title
 * @property {string} file
 * @property {number | null} line
 * @property {string | null} time
 * @property {string} excerpt
 * @property {string} cleared_by
 * @property {string} cleared_at
 *
 * @typedef {{fact: string, question: string, place: string, minutes: number, information_bits: number}} Check
 * @typedef {{file: string, line: number | null, excerpt: string, count: number}} Unexplained
 * @typedef {{name: string, kind: string, format: string, lines: number, records: number, notes: string[]}} Input
 *
 * @typedef {object} Fact what can be known, as `certwhy list facts --format json` tells it
 * @property {string} path
 * @property {string} type `yes-no`, `choice`, `list`, `number`, `time`, `text`, `message`
 * @property {string[]} values
 * @property {string | null} [unit]
 * @property {string} meaning
 * @property {string | null} [where]
 * @property {string | null} [question]
 * @property {number} minutes
 *
 * @typedef {{name: string, blob: Blob}} Log
 *
 * @typedef {object} Request
 * @property {Log[]} inputs
 * @property {string[]} facts each `path=value`
 * @property {Record<string, string | number>} [options]
 * @property {string} [now] RFC 3339
 *
 * @typedef {object} Listeners
 * @property {(bytes: number, doing: 'sending' | 'reading') => void} [onProgress] bytes done so far
 * @property {(answer: Answer) => void} [onPartial] the answer to what was read so far
 * @property {AbortSignal} [signal]
 *
 * @typedef {object} Engine
 * @property {'wasm' | 'api'} kind
 * @property {string} host where logs go; empty when they stay here
 * @property {(request: Request, listeners: Listeners) => Promise<Answer>} diagnose
 * @property {(id: string) => Promise<string>} explain the Markdown of an article
 * @property {() => Promise<Fact[]>} facts
 */

export {};
