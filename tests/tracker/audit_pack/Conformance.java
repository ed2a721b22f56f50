import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.LogManager;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Puts PDFs before veraPDF. Arguments: the profiles by file name, such as "PDFA-3A,PDFUA-1", then the files. Prints one
 * line for each file and profile, "file TAB profile TAB rules TAB checks", and below it one line for each broken rule
 * that begins with a TAB.
 *
 * The profiles are read here and not by veraPDF, which would need an implementation of JAXB that Java has none of.
 */
public final class Conformance {
    private static final int MOST_FAILURES = 50;

    public static void main(String[] arguments) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        for (String name : arguments[0].split(",")) {
            ValidationProfile profile = profile(name);
            for (String file : Arrays.copyOfRange(arguments, 1, arguments.length)) {
                judge(file, name, profile);
            }
        }
    }

    private static void judge(String file, String name, ValidationProfile profile) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file), profile.getPDFAFlavour())) {
            ValidationResult found = Foundries.defaultInstance()
                .createValidator(profile, MOST_FAILURES, false, true, false)
                .validate(parser);
            System.out.printf(
                "%s\t%s\t%d\t%d%n", file, name, profile.getRules().size(), found.getTotalAssertions());
            for (TestAssertion one : found.getTestAssertions()) {
                if (one.getStatus() != TestAssertion.Status.PASSED) {
                    System.out.printf(
                        "\t%s.%d %s%n", one.getRuleId().getClause(), one.getRuleId().getTestNumber(), one.getMessage());
                }
            }
        }
    }

    private static ValidationProfile profile(String name) throws Exception {
        try (InputStream source = Conformance.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml")) {
            Element root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(source).getDocumentElement();
            Set<Rule> rules = new HashSet<>();
            for (Element rule : inside(root, "rule")) {
                rules.add(rule(rule));
            }
            Set<Variable> variables = new HashSet<>();
            for (Element one : inside(root, "variable")) {
                variables.add(Profiles.variableFromValues(
                    one.getAttribute("name"), one.getAttribute("object"), text(one, "defaultValue"), text(one, "value")));
            }
            return Profiles.profileFromValues(
                PDFAFlavour.valueOf(root.getAttribute("flavour")),
                Profiles.profileDetailsFromValues(name, "", "", new Date(0)), "", rules, variables);
        }
    }

    private static Rule rule(Element rule) {
        Element id = inside(rule, "id").get(0);
        List<ErrorArgument> arguments = new ArrayList<>();
        for (Element one : inside(rule, "argument")) {
            arguments.add(ErrorArgumentImpl.fromValues(one.getTextContent(), one.getAttribute("name"), null));
        }
        return Profiles.ruleFromValues(
            Profiles.ruleIdFromValues(
                PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
                id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber"))),
            rule.getAttribute("object"), Boolean.valueOf(rule.getAttribute("deferred")), rule.getAttribute("tags"),
            text(rule, "description"), text(rule, "test"),
            Profiles.errorFromValues(text(rule, "message"), arguments), List.of());
    }

    private static List<Element> inside(Element parent, String name) {
        NodeList nodes = parent.getElementsByTagName(name);
        List<Element> found = new ArrayList<>();
        for (int at = 0; at < nodes.getLength(); at++) {
            found.add((Element) nodes.item(at));
        }
        return found;
    }

    private static String text(Element parent, String name) {
        List<Element> found = inside(parent, name);
        return found.isEmpty() ? "" : found.get(0).getTextContent();
    }
}
