# put_kept N ID K HEADER: the lines for a curl that changes a task but for its title, as request N
put_kept() {
	racer "$1" "/tasks/$2"
	printf 'request = "PUT"\nheader = "Content-Type: application/json"\nheader = "%s"\n' "$4"
	printf 'data-raw = "{\\"title\\": \\"state 0\\", \\"description\\": \\"text %s\\"}"\n' "$3"
}

round=0
while [ $round -lt 12 ]; do
	round=$((round + 1))
	create_state task 0
	tag=$(tag_of task) || quit task
	if [ $((round % 2)) -eq 0 ]; then put=put_kept; else put=put_state; fi
	for n in $(seq 16); do
		$put "$n" "$new" "$n" "If-Match: \\\"$tag\\\""
	done | at_once
	won=0
	for n in $(seq 16); do
		status_is "$n" 200 412 || broken "$n" 'status 200 or 412'
		if status_is "$n" 200; then won=$((won + 1)); fi
	done
	[ "$won" -eq 1 ] || broken 1 "that one of 16 PUTs is 200, not $won of them"
	tidy
done
