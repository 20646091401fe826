// Validates an XML file by an XML Schema and prints what is wrong. Arguments: the schema, the file.

import java.io.File;

import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;

public class ValidateXml {
    public static void main(String[] arguments) throws Exception {
        var schema = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI).newSchema(new File(arguments[0]));
        try {
            schema.newValidator().validate(new StreamSource(new File(arguments[1])));
        } catch (org.xml.sax.SAXException wrong) {
            System.out.println(wrong);
            System.exit(1);
        }
    }
}
