"""The look of report.html."""

CSS = """
:root {
  --ink: #1c1917;
  --faint: #78716c;
  --line: #e7e5e4;
  --paper: #fafaf9;
  --card: #fff;
  --link: #1d5fa8;
}
* {
  box-sizing: border-box;
}
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
header, main {
  max-width: 1180px;
  margin: 0 auto;
  padding: 0 24px;
}
header {
  padding-top: 32px;
}
.brand {
  margin: 0;
  color: var(--faint);
  letter-spacing: .12em;
  text-transform: uppercase;
  font-size: 12px;
}
h1 {
  margin: 0;
  font-size: 30px;
  overflow-wrap: anywhere;
}
h2 {
  margin: 44px 0 12px;
  font-size: 20px;
}
h3 {
  margin: 0;
  font-size: 16px;
  overflow-wrap: anywhere;
}
p {
  margin: 2px 0;
}
a {
  color: var(--link);
  text-decoration: none;
}
a:hover {
  text-decoration: underline;
}
.numbers {
  display: flex;
  flex-wrap: wrap;
  gap: 12px;
  margin-top: 20px;
}
.numbers div {
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 10px;
  padding: 12px 20px;
  min-width: 120px;
}
.numbers b {
  display: block;
  font-size: 26px;
  font-variant-numeric: tabular-nums;
}
.numbers span, article p, article ul, figcaption, dd {
  color: var(--faint);
}
.cards {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(320px, 1fr));
  gap: 14px;
  margin-top: 10px;
}
article {
  display: flex;
  gap: 16px;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 10px;
  overflow: hidden;
}
article img {
  width: 128px;
  min-height: 140px;
  object-fit: cover;
  flex: none;
  background: var(--line);
}
article div {
  padding: 12px 12px 12px 0;
  min-width: 0;
}
article ul {
  margin: 2px 0;
  padding: 0;
  list-style: none;
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
  font-size: 13px;
}
.checks article {
  display: block;
  margin-top: 10px;
  padding: 12px 16px;
}
.checks p {
  margin: 2px 0;
  overflow-wrap: anywhere;
}
.checks figure {
  display: inline-block;
  margin: 8px 20px 0 0;
  vertical-align: top;
}
.checks article img {
  display: inline-block;
  width: 84px;
  min-height: 84px;
  height: 84px;
  margin: 0 4px 4px 0;
  border-radius: 6px;
}
figure {
  margin: 0 0 28px;
}
figcaption {
  margin-bottom: 6px;
}
figure img {
  max-width: 100%;
  border: 1px solid var(--line);
  border-radius: 10px;
  display: block;
}
.problems ul {
  margin: 0;
  padding-left: 20px;
  overflow-wrap: anywhere;
}
code {
  background: var(--line);
  border-radius: 5px;
  padding: 2px 6px;
  font: 13px ui-monospace, "DejaVu Sans Mono", monospace;
}
dd {
  margin: 2px 0 12px;
}
details {
  margin: 8px 0;
}
summary {
  cursor: pointer;
}
table {
  border-collapse: collapse;
  margin: 8px 0;
}
th, td {
  text-align: left;
  font-weight: normal;
  padding: 3px 18px 3px 0;
  border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere;
}
td {
  color: var(--faint);
}
main {
  padding-bottom: 60px;
}
"""
