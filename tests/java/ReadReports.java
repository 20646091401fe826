// Reads a report as Jenkins' warnings plugin does and prints a line an issue:
// file, line, column, severity, category, type and message, parted by tabs. Arguments: the parser's id, the report.

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import edu.hm.hafner.analysis.FileReaderFactory;
import edu.hm.hafner.analysis.Issue;
import edu.hm.hafner.analysis.registry.ParserRegistry;

public class ReadReports {
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var parser = new ParserRegistry().get(arguments[0]).createParser();
        var report = parser.parse(new FileReaderFactory(Path.of(arguments[1]), StandardCharsets.UTF_8));
        for (Issue issue : report) {
            out.println(String.join("\t", issue.getFileName(), String.valueOf(issue.getLineStart()),
                    String.valueOf(issue.getColumnStart()), issue.getSeverity().getName(), issue.getCategory(),
                    issue.getType(), issue.getMessage().replaceAll("\\s+", " ")));
        }
    }
}
