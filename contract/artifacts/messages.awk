BEGIN { n = p = 0 }
{ for (i = 1; i <= NF; i++) b[n++] = $i }
END {
	for (c = 32; c < 127; c++) ascii = ascii sprintf("%c", c)
	while (p < n) {
		head = ""
		for (; p < n && head !~ /\n\n$/; p++) if (b[p] != 13) head = head (b[p] == 10 ? "\n" : show(b[p]))
		if (head !~ /^HTTP\/1\.[01] [0-9][0-9][0-9]/) { print "surplus"; exit }
		if (head !~ /\n\n$/) { print "short"; exit }
		status = substr(head, 10, 3)
		if (status < 200) continue
		fields = tolower(head)
		if (method == "HEAD" || status == 204 || status == 304) length_ = 0
		else if (fields ~ /\ntransfer-encoding: *chunked/) length_ = chunks()
		else if (match(fields, /\ncontent-length: *[0-9]+/)) {
			length_ = substr(fields, RSTART, RLENGTH)
			sub(/[^0-9]*/, "", length_)
		}
		else length_ = n - p
		p += length_
		print status, (p > n ? "short" : "whole")
		method = "GET"
	}
}
function show(c) { return c < 32 || c > 126 ? "?" : substr(ascii, c - 31, 1) }
function chunks(  q, size, c) {
	q = p
	while (q < n) {
		size = 0
		for (; q < n && b[q] != 10; q++) {
			c = index("0123456789abcdef", tolower(show(b[q])))
			if (c) size = size * 16 + c - 1
			else break
		}
		while (q < n && b[q] != 10) q++
		q += size + 3
		if (!size) break
	}
	return q - p
}
