round=0
while [ $round -lt 16 ]; do
	round=$((round + 1))
	create_state task 0
	puts=$((round % 2 * 8)) condition=
	if [ $((round % 4)) -eq 0 ]; then
		tag=$(tag_of task) || quit task
		condition="header = \"If-Match: \\\"$tag\\\"\""
	fi
	{
		n=0
		while [ $n -lt $puts ]; do
			n=$((n + 1))
			put_state "put$n" "$new" "$n"
		done
		for n in $(seq 8); do
			racer "$n" "/tasks/$new"
			printf 'request = "DELETE"\n%s\n' "$condition"
		done
	} | at_once
	won=0
	for n in $(seq 8); do
		status_is "$n" '2??' 404 ${condition:+412} || broken "$n" 'status 200 or 404'
		if status_is "$n" '2??'; then won=$((won + 1)); fi
	done
	[ "$won" -eq 1 ] || broken 1 "that one of 8 DELETEs is 200, not $won of them"
	ask read curl "$url/tasks/$new"
	status_is read 404 || broken read 'status 404'
	tidy
done
