package diagram

// Style is the CSS of a drawing, for light and dark schemes.
const Style = `
.flow{font:12px system-ui,sans-serif;--ink:#1d2430;--line:#7b8494;--box:#fff;--edge:#b9c0cc;--soft:#eef1f6;--way:#0b63ce;--good:#dff3e4;--other:#fdf0d4;--bad:#fbdfe0;background:#fbfcfe;color:var(--ink)}
.flow text{fill:currentColor}
.flow a{color:inherit;text-decoration:none}
.flow .decision rect{fill:var(--box);stroke:var(--edge)}
.flow .decision a:hover rect,.flow .decision a:focus rect{stroke:var(--way);stroke-width:2}
.flow .name{font-weight:600}
.flow .id{fill:var(--way)}
.flow .question{font-size:11px}
.flow .way{stroke:var(--line);stroke-width:1.2}
.flow .way polyline{fill:none;stroke-linejoin:round}
.flow .way text{stroke:none}
.flow .answer{font-size:10px}
.flow .status{font-weight:600;text-anchor:middle}
.flow .end{fill:var(--soft);stroke:var(--edge);stroke-width:1}
.flow .s2{fill:var(--good)}
.flow .s3{fill:var(--soft)}
.flow .s4{fill:var(--other)}
.flow .s5{fill:var(--bad)}
.flow marker path{fill:var(--line);stroke:none}
.flow .walked{stroke:var(--way);stroke-width:3}
.flow .decision.walked{stroke:none}
.flow .n1{stroke-width:1.5}
.flow .n2{stroke-width:2.5}
.flow .n3{stroke-width:3.5}
.flow .n4{stroke-width:4.5}
.flow .n5{stroke-width:5.5}
.flow .n6,.flow .n7{stroke-width:7}
.flow .n8,.flow .n9,.flow .n10,.flow .n11,.flow .n12{stroke-width:8.5}
.flow .decision.walked rect{stroke:var(--way);stroke-width:2}
.flow .faint{opacity:.38}
@media (prefers-color-scheme:dark){.flow{--ink:#e3e8f0;--line:#8c96a8;--box:#222a36;--edge:#455064;--soft:#2b3443;--way:#6fb0ff;--good:#1f4630;--other:#4f3f16;--bad:#552a2d;background:#161b23}}
`
