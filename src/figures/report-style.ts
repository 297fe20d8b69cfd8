// The look of a report: one column of prose, figures that may be wider, hairlines instead of boxes,
// light and dark by the reader's own setting, light on paper. System fonts only, nothing to fetch.
import { customProperties, dark, drawingRules, light } from "./palette.ts";

/** All rules of the page; the only style that its content security policy lets in. */
export function reportStyle(): string {
  const variables = drawingRules((name) => `var(--${name})`);
  return [
    `:root{color-scheme:light dark;${customProperties(light)}}`,
    `@media screen and (prefers-color-scheme:dark){:root{${customProperties(dark)}}}`,
    page,
    parts,
    figures,
    variables,
    paper,
  ]
    .join("\n")
    .replace(/\n\s*/g, "\n");
}

const page = `
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
  font:400 1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;
  font-variant-numeric:tabular-nums;text-rendering:optimizeLegibility}
.page{max-width:62.5rem;margin:0 auto;padding:3.5rem 1.25rem 4rem}
p,ul,.prose{max-width:44rem}
h1{font-size:2.4rem;line-height:1.15;letter-spacing:-.02em;font-weight:700;margin:.25rem 0 .75rem;overflow-wrap:anywhere}
h2{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em;font-weight:650;margin:0 0 .5rem}
h3{font-size:1.02rem;line-height:1.35;font-weight:650;margin:0 0 .5rem}
a{color:inherit;text-decoration-color:var(--rule);text-underline-offset:.2em}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--series-1);outline-offset:3px;border-radius:2px}
section{margin-top:3.25rem;padding-top:1.75rem;border-top:1px solid var(--hairline)}
pre,code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875rem}
pre{background:var(--raised);border:1px solid var(--hairline);border-radius:6px;padding:.6rem .9rem;margin:.35rem 0 1rem;
  overflow-x:auto;max-width:44rem;white-space:pre-wrap;overflow-wrap:anywhere}
`;

const parts = `
.kicker{margin:0;font-size:.875rem;color:var(--muted)}
.lead{font-size:1.19rem;line-height:1.55;margin:0 0 1.5rem}
.aside{color:var(--muted);font-size:.9rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:0 1.5rem;margin:1.75rem 0 0;
  border-top:1px solid var(--hairline);border-bottom:1px solid var(--hairline);padding:.9rem 0}
.facts div{padding:.3rem 0}
.facts dt{font-size:.8rem;color:var(--muted)}
.facts dd{margin:0;font-size:1.05rem;font-weight:600;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.4rem;list-style:none;margin:1.1rem 0 0;padding:0;max-width:none}
nav a{font-size:.9rem;color:var(--muted);display:inline-block;padding:.2rem 0}
.notices{list-style:none;padding:0;margin:1rem 0 0}
.notice{border-left:4px solid var(--rule);padding:.15rem 0 .15rem 1rem;margin:0 0 1rem}
.notice.warning{border-left-style:double;border-left-width:6px;border-left-color:var(--series-2)}
.notice.failure{border-left-color:var(--series-2);border-left-width:6px}
.notice b{font-weight:650}
footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--hairline);font-size:.85rem;color:var(--muted)}
`;

const figures = `
figure{margin:1.75rem 0 0;min-width:0}
figcaption{margin:0}
svg{display:block;max-width:100%;height:auto;font-family:inherit;overflow:visible}
.caption{font-size:.875rem;line-height:1.5;color:var(--muted);margin:.6rem 0 0;max-width:52rem}
.pair{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(27rem,100%),1fr));gap:1.25rem 2.5rem}
.pair svg{width:100%}
.wide{overflow-x:auto}
.wide svg,.wide table{min-width:40rem}
details{margin-top:.5rem;font-size:.875rem}
summary{cursor:pointer;color:var(--muted);width:fit-content;padding:.2rem 0;min-height:1.5rem}
summary:hover{color:var(--ink)}
.scroll{overflow:auto;max-height:30rem}
table{border-collapse:collapse;margin:.5rem 0;font-size:.875rem;line-height:1.4}
th,td{text-align:left;padding:.35rem 1.5rem .35rem 0;border-bottom:1px solid var(--hairline);vertical-align:top}
thead th{color:var(--muted);font-weight:500;border-bottom-color:var(--rule)}
tbody th{font-weight:400}
td.number,th.number{text-align:right}
td.strong,th.strong{font-weight:650}
`;

const paper = `
@media print{
  html{font-size:9.5pt}
  .page{max-width:none;padding:0}
  section{margin-top:1.5rem;padding-top:1rem}
  figure,.facts,.notice,tr,pre,p{break-inside:avoid}
  h2,figcaption,section>p{break-after:avoid}
  nav,figure details{display:none}
  .pair{grid-template-columns:1fr 1fr;gap:.25rem 1.75rem}
  .wide,.scroll{overflow:visible;max-height:none}
  .wide svg,.wide table{min-width:0}
}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
