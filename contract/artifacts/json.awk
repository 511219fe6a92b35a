BEGIN { n = p = 0 }
{ for (i = 1; i <= NF; i++) b[n++] = $i }
END {
	for (c = 32; c < 127; c++) ascii = ascii sprintf("%c", c)
	if (b[0] == 239 && b[1] == 187 && b[2] == 191) p = 3
	blanks(); value("", 0); blanks()
	if (bad || p < n) print "no JSON"
	else for (i = 1; i <= lines; i++) print line[i]
}
function blanks() { while (p < n && (b[p] == 32 || b[p] == 9 || b[p] == 10 || b[p] == 13)) p++ }
function put(path, text) { line[++lines] = (path == "" ? "." : path) " " text }
function show(c, name) {
	if (c < 32 || c > 126 || c == 34 || c == 92 || (name && (c == 46 || c == 91 || c == 32))) return sprintf("\\u{%x}", c)
	return substr(ascii, c - 31, 1)
}
function hex(  i, c, d, v) {
	v = 0
	for (i = 0; i < 4; i++) {
		c = p < n ? b[p++] : 0
		d = c > 47 && c < 58 ? c - 48 : c > 64 && c < 71 ? c - 55 : c > 96 && c < 103 ? c - 87 : -1
		if (d < 0) bad = 1
		v = v * 16 + d
	}
	return v
}
function string(name,   s, c, d, k) {
	s = ""
	p++
	while (!bad) {
		if (p >= n) { bad = 1; break }
		c = b[p++]
		if (c == 34) return s
		if (c < 32) bad = 1
		if (c == 92) {
			c = b[p++]
			if (c == 117) {
				c = hex()
				if (c >= 55296 && c < 56320 && b[p] == 92 && b[p + 1] == 117) {
					k = p
					p += 2
					d = hex()
					if (d >= 56320 && d < 57344) c = 65536 + (c - 55296) * 1024 + d - 56320
					else p = k
				}
			}
			else if (c == 98) c = 8
			else if (c == 102) c = 12
			else if (c == 110) c = 10
			else if (c == 114) c = 13
			else if (c == 116) c = 9
			else if (c != 34 && c != 92 && c != 47) bad = 1
		}
		else if (c > 127) {
			k = c >= 194 && c < 224 ? 1 : c >= 224 && c < 240 ? 2 : c >= 240 && c < 245 ? 3 : 0
			if (!k) bad = 1
			d = c
			c = k == 1 ? c - 192 : k == 2 ? c - 224 : c - 240
			for (; k > 0; k--) {
				if (b[p] < 128 || b[p] > 191) bad = 1
				c = c * 64 + b[p++] - 128
			}
			if (c > 1114111 || (c >= 55296 && c < 57344) || (d > 223 && c < 2048) || (d > 239 && c < 65536)) bad = 1
		}
		s = s show(c, name)
	}
	return s
}
function value(path, deep,   name, text, k) {
	if (bad || deep > 40) { bad = 1; return }
	if (b[p] == 123) {
		put(path, "object")
		p++
		blanks()
		if (b[p] == 125) { p++; return }
		while (!bad) {
			if (b[p] != 34) { bad = 1; return }
			name = path "." string(1)
			if (name in seen) bad = 1
			seen[name] = 1
			blanks()
			if (b[p++] != 58) bad = 1
			blanks(); value(name, deep + 1); blanks()
			if (b[p] == 44) { p++; blanks() }
			else if (b[p++] == 125) return
			else bad = 1
		}
	}
	else if (b[p] == 91) {
		put(path, "array")
		p++
		blanks()
		if (b[p] == 93) { p++; return }
		while (!bad) {
			value(path "[" (k + 0) "]", deep + 1)
			k++
			blanks()
			if (b[p] == 44) { p++; blanks() }
			else if (b[p++] == 93) return
			else bad = 1
		}
	}
	else if (b[p] == 34) { text = string(0); put(path, "\"" text "\"") }
	else {
		text = ""
		while (p < n && (b[p] == 43 || b[p] == 45 || b[p] == 46 || (b[p] > 47 && b[p] < 58) || (b[p] > 64 && b[p] < 91) || (b[p] > 96 && b[p] < 123)))
			text = text show(b[p++])
		if (text !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/) bad = 1
		put(path, text)
	}
}
