/*
 * embed NAME FILE: a C array of a file's bytes on stdout, for what is part of the program. Run
 * while building.
 */
#include <stdio.h>

int main(int argc, char **argv)
{
	FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
	unsigned count = 0;
	int c;

	if (!file) {
		fputs("usage: embed NAME FILE\n", stderr);
		return 1;
	}
	printf("static const char %s[] = {", argv[1]);
	while ((c = fgetc(file)) != EOF)
		printf("%s%d,", count++ % 20 ? "" : "\n\t", (signed char)c);
	printf("\n\t0,\n};\n");
	return ferror(file) || fclose(file) || fflush(stdout) ? 1 : 0;
}
